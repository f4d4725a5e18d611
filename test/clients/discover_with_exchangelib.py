"""exchangelib finds its server by itself: DNS, autodiscover.DOMAIN, then EWS at the address it was told."""
import sys

from exchangelib import DELEGATE, Account, Credentials
from exchangelib.autodiscover import Autodiscovery
from exchangelib.autodiscover.cache import autodiscover_cache
from exchangelib.autodiscover.discovery.pox import PoxAutodiscovery
from exchangelib.autodiscover.discovery.soap import SoapAutodiscovery

address, password, name_server_port = sys.argv[1:4]
for discovery in (Autodiscovery, PoxAutodiscovery, SoapAutodiscovery):
    discovery.DNS_RESOLVER_ATTRS = {"nameservers": ["127.0.0.1"], "port": int(name_server_port), "timeout": 2}

account = Account(address, credentials=Credentials(address, password), autodiscover=True, access_type=DELEGATE)
domain = address.split("@")[1]
expected = f"https://autodiscover.{domain}/ews/exchange.asmx"
assert account.protocol.service_endpoint.lower() == expected, account.protocol.service_endpoint
assert account.primary_smtp_address == address, account.primary_smtp_address
assert account.inbox.total_count >= 0

autodiscover_cache.clear()
soap = SoapAutodiscovery(email=address, credentials=Credentials(address, password))
settings, protocol = soap.discover()
assert settings.ews_url.lower() == expected, settings.ews_url

print("4 checks passed")
