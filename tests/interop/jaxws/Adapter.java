import java.net.URI;
import java.util.Map;
import javax.xml.datatype.DatatypeFactory;
import javax.xml.datatype.XMLGregorianCalendar;
import javax.xml.ws.BindingProvider;
import pos.ErrorMessage;
import pos.Pos1;

/** The scenario through JAX-WS: classes that wsimport made of the served WSDL. */
final class Adapter extends Telling {
    private static final int TIMEOUT_MS = 30_000;
    private static final String NO_NIL =
            "xsi:nil стек пишет только там, где WSDL объявляет nillable (здесь нигде); значение просто опускают";
    private final Pos1 service;

    private Adapter(String base) throws Exception {
        service = new Pos1(URI.create(base + "/ws/pos_1?wsdl").toURL());
    }

    public static void main(String[] arguments) throws Exception {
        new Adapter(arguments[0]).tell(arguments[1]);
    }

    @Override
    Object port(String login, boolean soap12) {
        Object port = soap12 ? service.getPos1Soap12() : service.getPos1Soap();
        Map<String, Object> context = ((BindingProvider) port).getRequestContext();
        context.put(BindingProvider.USERNAME_PROPERTY, login);
        context.put(BindingProvider.PASSWORD_PROPERTY, login);
        context.put("com.sun.xml.ws.request.timeout", TIMEOUT_MS);
        return port;
    }

    @Override
    Object faultOf(Throwable thrown) {
        return thrown instanceof ErrorMessage message ? message.getFaultInfo() : null;
    }

    @Override
    Object special(String word, Class<?> type) throws Exception {
        if (type == XMLGregorianCalendar.class) {
            return DatatypeFactory.newInstance().newXMLGregorianCalendar(word);
        }
        return type.isEnum() ? type.getMethod("fromValue", String.class).invoke(null, word) : null;
    }

    @Override
    String word(Object value) throws Exception {
        if (value instanceof XMLGregorianCalendar calendar) {
            return calendar.toXMLFormat();
        }
        return value instanceof Enum<?> ? (String) value.getClass().getMethod("value").invoke(value) : null;
    }

    @Override
    String cannot(Map<?, ?> step) {
        return "nil".equals(step.get("sends")) ? NO_NIL : null;
    }
}
