"""zeep, which makes its client from the WSDL and the schemas that the server gives out.

Arguments: server address, user name, password.
"""

import sys
from urllib.parse import urljoin

from requests import Session
from zeep import Client
from zeep.transports import Transport

url, username, password = sys.argv[1:4]
checks = 0


def check(condition, what):
    global checks
    checks += 1
    if not condition:
        sys.exit(f"zeep: failed: {what}")


session = Session()
session.auth = (username.encode(), password.encode())
page = session.get(url, allow_redirects=False)
check(page.status_code == 302, "the page of the endpoint leads to the WSDL")

client = Client(urljoin(url, page.headers["Location"]), transport=Transport(session=session))
# Exchange's WSDL names no address either.
binding = next(iter(client.wsdl.bindings))
service = client.create_service(binding, url)
TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
version = client.get_element(f"{{{TYPES}}}RequestServerVersion")(Version="Exchange2016")
answer = service.FindItem(
    Traversal="Shallow",
    ItemShape={"BaseShape": "Default"},
    ParentFolderIds={"_value_1": [{"DistinguishedFolderId": {"Id": "inbox"}}]},
    _soapheaders=[version],
)
message = answer.body.ResponseMessages._value_1[0]["FindItemResponseMessage"]
check(message.ResponseCode == "NoError", "FindItem is answered")
check(message.RootFolder.TotalItemsInView == 4, "four messages")
subjects = [item["Message"].Subject for item in message.RootFolder.Items._value_1]
check(len(subjects) == 4 and all(subjects), "with their subjects, as the schemas say")
print(f"{checks} checks passed")
