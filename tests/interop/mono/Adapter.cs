// The scenario through Mono: classes that wsdl.exe made of the served WSDL, one set a SOAP version, as .NET Framework's does.
using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Reflection;
using System.Text;
using System.Web.Script.Serialization;
using System.Web.Services.Protocols;
using System.Xml.Serialization;

static class Adapter
{
    const int TimeoutMs = 30000;
    const string Moment = "yyyy-MM-dd'T'HH:mm:ss";
    const string Day = "yyyy-MM-dd";
    const string NoNil =
        "xsi:nil стек пишет только там, где WSDL объявляет nillable (здесь нигде); значение просто опускают";

    static readonly JavaScriptSerializer Json = new JavaScriptSerializer();

    static void Main(string[] arguments)
    {
        var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)) { AutoFlush = true };
        foreach (Dictionary<string, object> step in
            Json.Deserialize<ArrayList>(File.ReadAllText(arguments[1], Encoding.UTF8)))
        {
            var line = new Dictionary<string, object> { { "step", step["step"] } };
            try
            {
                var told = Told(arguments[0], step);
                line[told.Key] = told.Value;
            }
            catch (Exception thrown)
            {
                line["error"] = thrown.ToString();
            }
            output.WriteLine(Json.Serialize(line));
        }
    }

    static KeyValuePair<string, object> Told(string address, Dictionary<string, object> step)
    {
        if (step.ContainsKey("sends") && (string)step["sends"] == "nil")
        {
            return new KeyValuePair<string, object>("cannot", NoNil);
        }
        var login = (string)step["login"];
        var proxy = (string)step["soap"] == "1.2" ? (SoapHttpClientProtocol)new Pos12.Pos_1() : new Pos11.Pos_1();
        proxy.Url = address + "/ws/pos_1";
        proxy.Credentials = new NetworkCredential(login, login);
        proxy.Timeout = TimeoutMs;
        var method = proxy.GetType().GetMethod((string)step["operation"]);
        var given = (Dictionary<string, object>)step["arguments"];
        try
        {
            var values = new List<object>();
            // The contract's optional values never stand among the parameters of a call: they are as many as in the WSDL.
            foreach (var parameter in method.GetParameters())
            {
                values.Add(Typed(given[parameter.Name.TrimStart('@')], parameter.ParameterType));
            }
            return new KeyValuePair<string, object>("answer", Plain(method.Invoke(proxy, values.ToArray()), null));
        }
        catch (TargetInvocationException thrown)
        {
            var fault = thrown.InnerException as SoapException;
            if (fault == null || fault.Detail == null)
            {
                throw;
            }
            var error = new Dictionary<string, object>();
            foreach (System.Xml.XmlNode child in fault.Detail.FirstChild.ChildNodes)
            {
                error[child.LocalName] = child.InnerText;
            }
            return new KeyValuePair<string, object>("fault", error);
        }
    }

    static object Typed(object value, Type type)
    {
        if (type.IsArray)
        {
            // A plural wrapper around a repeated element has become an array of that element.
            var wrapper = value as Dictionary<string, object>;
            var items = wrapper == null ? (ArrayList)value : (ArrayList)wrapper.Values.First();
            var made = Array.CreateInstance(type.GetElementType(), items.Count);
            for (var index = 0; index < items.Count; index++)
            {
                made.SetValue(Typed(items[index], type.GetElementType()), index);
            }
            return made;
        }
        if (value is Dictionary<string, object>)
        {
            var made = Activator.CreateInstance(type);
            foreach (var member in (Dictionary<string, object>)value)
            {
                var setter = type.GetProperty(member.Key);
                setter.SetValue(made, Typed(member.Value, setter.PropertyType), null);
                var specified = type.GetProperty(member.Key + "Specified");
                if (specified != null)
                {
                    specified.SetValue(made, true, null);
                }
            }
            return made;
        }
        if (type == typeof(decimal))
        {
            return decimal.Parse((string)value, CultureInfo.InvariantCulture);
        }
        if (type == typeof(DateTime))
        {
            // Without a kind, so that it is written without an offset: the store's own time.
            return DateTime.Parse((string)value, CultureInfo.InvariantCulture);
        }
        return type.IsEnum ? Enum.Parse(type, (string)value) : value;
    }

    static object Plain(object value, PropertyInfo property)
    {
        if (value == null || value is string || value is bool || value is int)
        {
            return value;
        }
        if (value is decimal)
        {
            return ((decimal)value).ToString(CultureInfo.InvariantCulture);
        }
        if (value is DateTime)
        {
            var element = property.GetCustomAttribute<XmlElementAttribute>();
            var day = element != null && element.DataType == "date";
            return ((DateTime)value).ToString(day ? Day : Moment, CultureInfo.InvariantCulture);
        }
        if (value is Enum)
        {
            return value.ToString();
        }
        if (value is Array)
        {
            var items = ((Array)value).Cast<object>().Select(item => Plain(item, null)).ToList();
            var named = property.GetCustomAttribute<XmlArrayItemAttribute>();
            return named == null
                ? (object)items
                : new Dictionary<string, object> { { named.ElementName, items } };
        }
        var made = new Dictionary<string, object>();
        foreach (var member in value.GetType().GetProperties())
        {
            var specified = value.GetType().GetProperty(member.Name + "Specified");
            if (specified == null || (bool)specified.GetValue(value, null))
            {
                made[member.Name] = Plain(member.GetValue(value, null), member);
            }
        }
        return made;
    }
}
