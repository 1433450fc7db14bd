import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.PrintStream;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Tells the scenario through classes that a Java stack generated: what JAX-WS and Axis have in common. */
abstract class Telling {
    private final Gson json = new GsonBuilder().disableHtmlEscaping().create();

    /** The generated port, ready to be called by a login. */
    abstract Object port(String login, boolean soap12) throws Exception;

    /** The WSDL's error that an exception carries, or null. */
    abstract Object faultOf(Throwable thrown) throws Exception;

    /** A word of the scenario as a type of the stack's own, or null if it is none. */
    abstract Object special(String word, Class<?> type) throws Exception;

    /** A value of a type of the stack's own as a word, or null if it is none. */
    abstract String word(Object value) throws Exception;

    /** Why the stack cannot make a step, or null. */
    abstract String cannot(Map<?, ?> step);

    /** What a step needs that the stack does not do by itself, though the answer comes out right; or null. */
    String remark(Map<?, ?> step) {
        return null;
    }

    /** The name of the repeated element behind a property that is an array. */
    String itemName(Object bean, String property) throws Exception {
        throw new IllegalStateException("no arrays here");
    }

    void tell(String scenario) throws Exception {
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        for (Object one : json.fromJson(Files.readString(Path.of(scenario)), List.class)) {
            Map<?, ?> step = (Map<?, ?>) one;
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("step", step.get("step"));
            try {
                line.putAll(told(step));
            } catch (Throwable thrown) {
                line.put("error", thrown.toString());
            }
            out.println(json.toJson(line));
        }
        System.exit(0);
    }

    private Map<String, Object> told(Map<?, ?> step) throws Throwable {
        String cannot = cannot(step);
        if (cannot != null) {
            return Map.of("cannot", cannot);
        }
        Object port = port((String) step.get("login"), "1.2".equals(step.get("soap")));
        String operation = (String) step.get("operation");
        Map<?, ?> arguments = (Map<?, ?>) step.get("arguments");
        Method method = named(port, Character.toLowerCase(operation.charAt(0)) + operation.substring(1), arguments.size());
        List<Object> values = new ArrayList<>();
        for (Object argument : arguments.values()) {
            values.add(typed(argument, method.getParameterTypes()[values.size()]));
        }
        try {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("answer", plain(method.invoke(port, values.toArray())));
            if (remark(step) != null) {
                line.put("cannot", remark(step));
            }
            return line;
        } catch (InvocationTargetException thrown) {
            Object error = faultOf(thrown.getCause());
            if (error == null) {
                throw thrown.getCause();
            }
            Map<String, Object> fault = new LinkedHashMap<>();
            for (String name : List.of("code", "description", "requestId")) {
                fault.put(name, getter(error.getClass(), name).invoke(error));
            }
            return Map.of("fault", fault);
        }
    }

    private static Method named(Object port, String name, int parameters) {
        for (Method method : port.getClass().getMethods()) {
            if (method.getName().equals(name) && method.getParameterCount() == parameters) {
                method.setAccessible(true);
                return method;
            }
        }
        throw new IllegalStateException("no operation " + name);
    }

    private static Method getter(Class<?> bean, String property) throws NoSuchMethodException {
        String name = Character.toUpperCase(property.charAt(0)) + property.substring(1);
        for (Method method : bean.getMethods()) {
            boolean reads = method.getName().equals("get" + name) || method.getName().equals("is" + name);
            if (reads && method.getParameterCount() == 0) {
                return method;
            }
        }
        throw new NoSuchMethodException(bean + " has no " + property);
    }

    private Object typed(Object value, Class<?> type) throws Exception {
        if (value instanceof Map<?, ?> members) {
            return type.isArray() ? array((List<?>) members.values().iterator().next(), type) : bean(members, type);
        }
        if (type == int.class) {
            return ((Number) value).intValue();
        }
        if (type == BigDecimal.class) {
            return new BigDecimal((String) value);
        }
        Object special = value instanceof String text ? special(text, type) : null;
        return special == null ? value : special;
    }

    private Object array(List<?> items, Class<?> type) throws Exception {
        Object made = Array.newInstance(type.getComponentType(), items.size());
        for (int index = 0; index < items.size(); index++) {
            Array.set(made, index, typed(items.get(index), type.getComponentType()));
        }
        return made;
    }

    private Object bean(Map<?, ?> members, Class<?> type) throws Exception {
        Object made = type.getConstructor().newInstance();
        for (Map.Entry<?, ?> member : members.entrySet()) {
            String property = (String) member.getKey();
            Method getter = getter(type, property);
            if (member.getValue() instanceof List<?> items) {
                Type item = ((ParameterizedType) getter.getGenericReturnType()).getActualTypeArguments()[0];
                @SuppressWarnings("unchecked")
                List<Object> list = (List<Object>) getter.invoke(made);
                for (Object one : items) {
                    list.add(typed(one, (Class<?>) item));
                }
            } else {
                String setter = "set" + Character.toUpperCase(property.charAt(0)) + property.substring(1);
                Class<?> wanted = getter.getReturnType();
                type.getMethod(setter, wanted).invoke(made, typed(member.getValue(), wanted));
            }
        }
        return made;
    }

    private Object plain(Object value) throws Exception {
        if (value == null || value instanceof String || value instanceof Boolean || value instanceof Integer) {
            return value;
        }
        if (value instanceof BigDecimal decimal) {
            return decimal.toPlainString();
        }
        if (value instanceof List<?> items) {
            List<Object> made = new ArrayList<>();
            for (Object item : items) {
                made.add(plain(item));
            }
            return made;
        }
        String word = word(value);
        if (word != null) {
            return word;
        }
        Map<String, Object> made = new LinkedHashMap<>();
        for (Method method : value.getClass().getMethods()) {
            String property = property(method);
            Object read = property == null ? null : method.invoke(value);
            if (read != null && read.getClass().isArray()) {
                made.put(property, Map.of(itemName(value, property), plain(List.of((Object[]) read))));
            } else if (read != null) {
                made.put(property, plain(read));
            }
        }
        return made;
    }

    private static String property(Method method) {
        String name = method.getName().replaceFirst("^(get|is)(?=[A-Z])", "");
        boolean ours = method.getParameterCount() == 0 && method.getDeclaringClass() != Object.class;
        boolean reads = !name.equals(method.getName()) && !method.getReturnType().getName().contains("TypeDesc");
        return ours && reads ? Character.toLowerCase(name.charAt(0)) + name.substring(1) : null;
    }
}
