import java.net.URI;
import java.text.SimpleDateFormat;
import java.util.Calendar;
import java.util.Date;
import java.util.Map;
import java.util.TimeZone;
import javax.xml.rpc.Stub;
import org.apache.axis.description.ElementDesc;
import org.apache.axis.description.TypeDesc;
import pos.Pos_1Locator;

/** The scenario through Axis 1.4: classes that WSDL2Java made of the served WSDL. */
final class Adapter extends Telling {
    private static final int TIMEOUT_MS = 30_000;
    private static final String NO_NIL =
            "xsi:nil стек пишет только там, где WSDL объявляет nillable (здесь нигде); значение просто опускают";
    private static final String NO_SOAP_1_2 = "Axis: WSDL2Java делает заглушку только для порта SOAP 1.1";
    private static final String UTC =
            "Axis считает прочитанное время без смещения временем UTC: цифры верны, если показывать их в UTC";
    private static final String MOMENT = "yyyy-MM-dd'T'HH:mm:ss";
    private static final String DAY = "yyyy-MM-dd";
    private final String base;

    private Adapter(String base) {
        this.base = base;
    }

    public static void main(String[] arguments) throws Exception {
        new Adapter(arguments[0]).tell(arguments[1]);
    }

    @Override
    Object port(String login, boolean soap12) throws Exception {
        Pos_1Locator service = new Pos_1Locator();
        Object port = service.getPos_1Soap(URI.create(base + "/ws/pos_1").toURL());
        org.apache.axis.client.Stub stub = (org.apache.axis.client.Stub) port;
        stub._setProperty(Stub.USERNAME_PROPERTY, login);
        stub._setProperty(Stub.PASSWORD_PROPERTY, login);
        stub.setTimeout(TIMEOUT_MS);
        return port;
    }

    @Override
    Object faultOf(Throwable thrown) {
        return thrown instanceof pos.Error ? thrown : null;
    }

    @Override
    Object special(String word, Class<?> type) throws Exception {
        if (type == Date.class) {
            return new SimpleDateFormat(DAY).parse(word);
        }
        if (type == Calendar.class) {
            Calendar calendar = Calendar.getInstance();
            calendar.setTime(new SimpleDateFormat(MOMENT).parse(word));
            return calendar;
        }
        boolean enumeration = type.getPackageName().equals("pos");
        return enumeration ? type.getMethod("fromString", String.class).invoke(null, word) : null;
    }

    @Override
    String word(Object value) {
        if (value instanceof Calendar calendar) {
            SimpleDateFormat format = new SimpleDateFormat(MOMENT);
            format.setTimeZone(TimeZone.getTimeZone("UTC"));
            return format.format(calendar.getTime());
        }
        if (value instanceof Date date) {
            return new SimpleDateFormat(DAY).format(date);
        }
        boolean enumeration = java.util.Arrays.stream(value.getClass().getMethods())
                .anyMatch(method -> method.getName().equals("fromString"));
        return enumeration ? value.toString() : null;
    }

    @Override
    String itemName(Object bean, String property) throws Exception {
        TypeDesc type = (TypeDesc) bean.getClass().getMethod("getTypeDesc").invoke(null);
        return ((ElementDesc) type.getFieldByName(property)).getItemQName().getLocalPart();
    }

    @Override
    String cannot(Map<?, ?> step) {
        if ("1.2".equals(step.get("soap"))) {
            return NO_SOAP_1_2;
        }
        return "nil".equals(step.get("sends")) ? NO_NIL : null;
    }

    @Override
    String remark(Map<?, ?> step) {
        return "moment".equals(step.get("step")) ? UTC : null;
    }
}
