"""One import with exchangelib.

Arguments: server address, user name, password, sender's user name, and the operations that are served, with commas
between them; * for all.
"""

import sys
from datetime import timedelta

from exchangelib import DELEGATE, Account, Configuration, Credentials, EWSTimeZone, FileAttachment, Mailbox, Message
from exchangelib.errors import ErrorAccessDenied, UnauthorizedError
from exchangelib.protocol import BaseProtocol, FailFast, NoVerifyHTTPAdapter  # noqa: F401
from exchangelib.transport import BASIC

url, username, password, sender, operations = sys.argv[1:6]
checks = 0


def serves(*names):
    return operations == "*" or all(name in operations.split(",") for name in names)


def check(condition, what):
    global checks
    checks += 1
    if not condition:
        sys.exit(f"exchangelib: failed: {what}")


def account(name, secret=password):
    config = Configuration(
        service_endpoint=url, credentials=Credentials(name, secret), auth_type=BASIC, retry_policy=FailFast()
    )
    return Account(primary_smtp_address=username, config=config, autodiscover=False, access_type=DELEGATE)


importer = account(username)
inbox = importer.inbox
check(inbox.name == "Inbox", "the Inbox opens")
check(inbox.unread_count == 4, f"4 unread, not {inbox.unread_count}")
processed = inbox / "Processed" if "Processed" in [f.name for f in inbox.children] else None
if processed is None:
    from exchangelib.folders import Messages

    processed = Messages(parent=inbox, name="Processed")
    processed.save()
    check(processed.id is not None, "CreateFolder gives an id")

if serves("Subscribe"):
    subscription_id, watermark = inbox.subscribe_to_pull()
if serves("SyncFolderItems"):
    synced = list(inbox.sync_items())
    check(len([1 for kind, _ in synced if kind == "create"]) == 4, "SyncFolderItems lists 4")

attachments = {}
for message in list(inbox.filter(is_read=False).order_by("datetime_received")):
    check(isinstance(message, Message), "a Message")
    check(message.sender.email_address.endswith("test"), "has a sender")
    check(bool(message.mime_content), "has MIME content")
    for attachment in message.attachments:
        if isinstance(attachment, FileAttachment):
            attachments[attachment.name] = attachment.content
    message.is_read = True
    message.save(update_fields=["is_read"])
    message.move(to_folder=processed)
check(len(attachments) == 4, f"4 attachments, not {sorted(attachments)}")
check(any(content.startswith(b"%PDF-") for content in attachments.values()), "one is a PDF")
inbox.refresh()
processed.refresh()
check(inbox.total_count == 0, "the Inbox is empty")
check(processed.total_count == 4, "Processed has 4")
check(processed.unread_count == 0, "all are read")
if serves("SyncFolderItems"):
    changes = [kind for kind, _ in inbox.sync_items(sync_state=inbox.item_sync_state)]
    check(changes.count("delete") == 4, f"SyncFolderItems tells of 4 moved away, not {changes}")

if serves("Subscribe", "GetEvents", "Unsubscribe"):
    events = [event for notification in inbox.get_events(subscription_id, watermark) for event in notification.events]
    # Over Graph a move shows as a removal here and a creation there.
    moved = "MovedEvent" if operations == "*" else "DeletedEvent"
    check(sum(type(event).__name__ == moved for event in events) == 4, "GetEvents tells of 4 moved")
    inbox.unsubscribe(subscription_id)

copied = processed.all().order_by("subject")[0].copy(to_folder=inbox)
check(inbox.all().count() == 1, "CopyItem makes a second one")
inbox.all()[0].delete()
check(inbox.all().count() == 0, "HardDelete removes it")
first = processed.all()[0]
first.move_to_trash()
check(importer.trash.all().count() == 1, "MoveToDeletedItems moves it")

check(importer.protocol.resolve_names([username])[0].email_address == username, "ResolveNames finds the mailbox")
if serves("GetServerTimeZones"):
    zones = importer.protocol.get_timezones(timezones=[EWSTimeZone("UTC")], return_full_timezone_data=True)
    check(len(list(zones)) == 1, "GetServerTimeZones answers")

try:
    Message(account=importer, subject="not allowed", to_recipients=[Mailbox(email_address=username)]).send()
    check(False, "preset capture may not send")
except ErrorAccessDenied as error:
    check("operations" in str(error), f"the refusal names the setting: {error}")

if serves("CreateItem", "SendItem", "CreateAttachment"):
    mailer = account(sender)
    to_self = [Mailbox(email_address=username)]
    Message(account=mailer, folder=mailer.sent, subject="a report", body="done", to_recipients=to_self).send_and_save()
    check(importer.inbox.filter(subject="a report").count() == 1, "CreateItem sends")
    with_attachment = Message(account=mailer, folder=mailer.drafts, subject="with attachment", to_recipients=to_self)
    with_attachment.attach(FileAttachment(name="big.bin", content=bytes(3_000_000)))
    with_attachment.save()
    with_attachment.send()
    received = importer.inbox.get(subject="with attachment")
    check(len(received.attachments[0].content) == 3_000_000, "3 MB go up and come down")

if serves("CreateItem", "Subscribe", "GetStreamingEvents", "Unsubscribe"):
    streaming = importer.inbox.subscribe_to_streaming()
    Message(account=mailer, subject="news", to_recipients=[Mailbox(email_address=username)]).send()
    coming = importer.inbox.get_streaming_events(streaming, connection_timeout=1, max_notifications_returned=1)
    for notification in coming:
        kinds = [type(event).__name__ for event in notification.events]
        check("NewMailEvent" in kinds or "CreatedEvent" in kinds, f"a streaming notification comes: {kinds}")
    importer.inbox.unsubscribe(streaming)

try:
    account(username, "wrong").inbox.refresh()
    check(False, "a wrong password is refused")
except UnauthorizedError:
    check(True, "")
importer.inbox.refresh()
print(f"exchangelib: {checks} checks passed")
