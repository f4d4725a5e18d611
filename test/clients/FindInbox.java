import com.microsoft.schemas.exchange.services._2006.messages.ExchangeServicePortType;
import com.microsoft.schemas.exchange.services._2006.messages.ExchangeWebService;
import com.microsoft.schemas.exchange.services._2006.messages.FindItemResponseMessageType;
import com.microsoft.schemas.exchange.services._2006.messages.FindItemResponseType;
import com.microsoft.schemas.exchange.services._2006.messages.FindItemType;
import com.microsoft.schemas.exchange.services._2006.types.ConnectingSIDType;
import com.microsoft.schemas.exchange.services._2006.types.DefaultShapeNamesType;
import com.microsoft.schemas.exchange.services._2006.types.DistinguishedFolderIdNameType;
import com.microsoft.schemas.exchange.services._2006.types.DistinguishedFolderIdType;
import com.microsoft.schemas.exchange.services._2006.types.ExchangeImpersonationType;
import com.microsoft.schemas.exchange.services._2006.types.ExchangeVersionType;
import com.microsoft.schemas.exchange.services._2006.types.ItemQueryTraversalType;
import com.microsoft.schemas.exchange.services._2006.types.ItemResponseShapeType;
import com.microsoft.schemas.exchange.services._2006.types.ItemType;
import com.microsoft.schemas.exchange.services._2006.types.MessageType;
import com.microsoft.schemas.exchange.services._2006.types.NonEmptyArrayOfBaseFolderIdsType;
import com.microsoft.schemas.exchange.services._2006.types.PrimarySmtpAddressType;
import com.microsoft.schemas.exchange.services._2006.types.RequestServerVersion;
import com.microsoft.schemas.exchange.services._2006.types.ServerVersionInfo;
import java.io.File;
import java.net.Authenticator;
import java.net.PasswordAuthentication;
import java.util.List;
import java.util.Map;
import javax.xml.ws.BindingProvider;
import javax.xml.ws.Holder;

/**
 * Lists the Inbox by the classes that wsimport makes of the WSDL.
 *
 * <p>Arguments: the WSDL with the service, server address, user name, password. Prints how many checks passed.
 */
public final class FindInbox {
  private static int checks = 0;

  private FindInbox() {}

  public static void main(String[] arguments) throws Exception {
    // WSDL and schemas are given out to callers only.
    Authenticator.setDefault(
        new Authenticator() {
          @Override
          protected PasswordAuthentication getPasswordAuthentication() {
            return new PasswordAuthentication(arguments[2], arguments[3].toCharArray());
          }
        });
    ExchangeServicePortType port =
        new ExchangeWebService(new File(arguments[0]).toURI().toURL()).getExchangePort();
    Map<String, Object> context = ((BindingProvider) port).getRequestContext();
    context.put(BindingProvider.ENDPOINT_ADDRESS_PROPERTY, arguments[1]);
    context.put(BindingProvider.USERNAME_PROPERTY, arguments[2]);
    context.put(BindingProvider.PASSWORD_PROPERTY, arguments[3]);

    RequestServerVersion version = new RequestServerVersion();
    version.setVersion(ExchangeVersionType.EXCHANGE_2016);
    Holder<FindItemResponseType> answer = new Holder<>();
    Holder<ServerVersionInfo> server = new Holder<>();
    port.findItem(inInbox(), as(arguments[2]), null, version, null, null, null, answer, server);

    check(server.value.getMajorVersion() == 15, "the header tells the server's version");
    FindItemResponseMessageType message =
        (FindItemResponseMessageType)
            answer
                .value
                .getResponseMessages()
                .getCreateItemResponseMessageOrDeleteItemResponseMessageOrGetItemResponseMessage()
                .get(0)
                .getValue();
    check("NoError".equals(message.getResponseCode()), "FindItem is answered");
    List<ItemType> items = message.getRootFolder().getItems().getItemOrMessageOrSharingMessage();
    check(items.size() == 4, "four messages");
    for (ItemType item : items)
      check(item instanceof MessageType && !item.getSubject().isEmpty(), "a message with its subject");
    System.out.println(checks + " checks passed");
  }

  /** Without one, an empty header is sent, which is none of EWS. */
  private static ExchangeImpersonationType as(String address) {
    ConnectingSIDType identity = new ConnectingSIDType();
    PrimarySmtpAddressType name = new PrimarySmtpAddressType();
    name.setValue(address);
    identity.setPrimarySmtpAddress(name);
    ExchangeImpersonationType impersonation = new ExchangeImpersonationType();
    impersonation.setConnectingSID(identity);
    return impersonation;
  }

  private static FindItemType inInbox() {
    ItemResponseShapeType shape = new ItemResponseShapeType();
    shape.setBaseShape(DefaultShapeNamesType.DEFAULT);
    DistinguishedFolderIdType inbox = new DistinguishedFolderIdType();
    inbox.setId(DistinguishedFolderIdNameType.INBOX);
    NonEmptyArrayOfBaseFolderIdsType folders = new NonEmptyArrayOfBaseFolderIdsType();
    folders.getFolderIdOrDistinguishedFolderId().add(inbox);
    FindItemType request = new FindItemType();
    request.setTraversal(ItemQueryTraversalType.SHALLOW);
    request.setItemShape(shape);
    request.setParentFolderIds(folders);
    return request;
  }

  private static void check(boolean condition, String what) {
    if (!condition) {
      System.err.println("wsimport: failed: " + what);
      System.exit(1);
    }
    checks++;
  }
}
