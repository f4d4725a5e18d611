"""One import with the mail provider of evolution-ews, then mail that is saved and sent.

Arguments: server address, user name, password, sender's user name, a folder for what Evolution keeps, and `whole`, or
`switched` where EWS is switched off meanwhile. It needs a session bus, and XDG_CONFIG_HOME for this run only.
"""

import ctypes
import os
import signal
import sys
import traceback

import gi

gi.require_version("Camel", "1.2")
from gi.repository import Camel, Gio, GLib  # noqa: E402

url, username, password, sender, home = sys.argv[1:6]
whole = sys.argv[6] == "whole"
# After these the process is ended.
MOST_SECONDS = 180
NEWS_SECONDS = 60
LOOP = GLib.MainContext.default()
SEEN, ANSWERED = Camel.MessageFlags.SEEN, Camel.MessageFlags.ANSWERED
FLAGGED, DELETED = Camel.MessageFlags.FLAGGED, Camel.MessageFlags.DELETED
STORE, TRANSPORT = Camel.ProviderType.STORE, Camel.ProviderType.TRANSPORT
checks = 0


def check(condition, what):
    global checks
    checks += 1
    if not condition:
        raise AssertionError(what)


def end(status):
    """At once: Evolution's threads still work, and Python's way of ending may wait for them for ever."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def fail(*error):
    traceback.print_exception(*error)
    end(1)


def write_account(uid, user, kind):
    """Evolution's registry reads it: the provider sends no password for an account that is not there."""
    folder = os.path.join(os.environ["XDG_CONFIG_HOME"], "evolution", "sources")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, f"{uid}.source"), "w", encoding="utf-8") as file:
        file.write(f"[Data Source]\nDisplayName={uid}\nEnabled=true\n\n[{kind}]\nBackendName=ews\n\n")
        file.write(f"[Authentication]\nMethod=PLAIN\nUser={user}\n")


class Session(Camel.Session):
    """Signs in with the password it has, and asks nobody for another."""

    def __init__(self, name, secret):
        folder = os.path.join(home, name)
        super().__init__(user_data_dir=f"{folder}/data", user_cache_dir=f"{folder}/cache", online=True)
        self.secret = secret
        self.jobs = 0
        self.connect("job-started", self.count, 1)
        self.connect("job-finished", self.count, -1)

    def count(self, _session, _cancellable, *given):
        self.jobs += given[-1]

    def do_authenticate_sync(self, service, mechanism, cancellable):
        service.set_password(self.secret)
        if service.authenticate_sync(mechanism, cancellable) == Camel.AuthenticationResult.ACCEPTED:
            return True
        kind = GLib.quark_to_string(Camel.service_error_quark())
        raise GLib.Error("the password is refused", kind, Camel.ServiceError.CANT_AUTHENTICATE)

    def open(self, uid, kind, user, listen=False):
        service = self.add_service(uid, "ews", kind)
        settings = service.ref_settings()
        settings.set_property("hosturl", url)
        settings.set_property("auth-mechanism", "PLAIN")
        settings.set_property("user", user)
        settings.set_property("email", username)
        settings.set_property("filter-inbox", False)
        settings.set_property("listen-notifications", listen)
        service.connect_sync(None)
        # What Evolution asks for in the background, once it is connected.
        while LOOP.pending() or self.jobs > 0:
            LOOP.iteration(True)
        return service


class FolderInfo(ctypes.Structure):
    """CamelFolderInfo, whose links have no type in Camel's introspection."""


FolderInfo._fields_ = [
    *((link, ctypes.POINTER(FolderInfo)) for link in ("next", "parent", "child")),
    ("full_name", ctypes.c_char_p),
]


def names_from(address):
    """The names of folders beside and below each other."""
    info = ctypes.cast(address, ctypes.POINTER(FolderInfo))
    while info:
        yield info.contents.full_name.decode()
        yield from names_from(info.contents.child)
        info = info.contents.next


def folder_names(store):
    first = store.get_folder_info_sync(None, Camel.StoreGetFolderInfoFlags.RECURSIVE, None)
    return {first.full_name, *names_from(first.child), *names_from(first.next)}


def infos(folder):
    """What Evolution lists of the folder, once it has asked for changes."""
    folder.refresh_info_sync(None)
    return [folder.get_message_info(uid) for uid in folder.get_uids()]


def subjects(folder):
    return sorted(info.get_subject() for info in infos(folder))


def unread(folder):
    return sum(not info.get_flags() & SEEN for info in infos(folder))


def mark(folder, uids, flags):
    for uid in uids:
        folder.get_message_info(uid).set_flags(flags, flags)
    folder.synchronize_sync(bool(flags & DELETED), None)


def contents_of(message):
    """The contents of its parts, by file name."""
    content = message.get_content()
    if not isinstance(content, Camel.Multipart):
        return {None: bytes_of(content)}
    parts = [content.get_part(index) for index in range(content.get_number())]
    return {part.get_filename(): bytes_of(part.get_content()) for part in parts}


def bytes_of(content):
    stream = Gio.MemoryOutputStream.new_resizable()
    content.decode_to_output_stream_sync(stream, None)
    stream.close(None)
    return stream.steal_as_bytes().get_data()


def message_with(subject, text):
    lines = [
        f"From: {username}",
        f"To: {username}",
        f"Subject: {subject}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "",
        text,
        "",
    ]
    message = Camel.MimeMessage()
    message.construct_from_input_stream_sync(
        Gio.MemoryInputStream.new_from_bytes(GLib.Bytes.new("\r\n".join(lines).encode())), None
    )
    return message


def hears_of_mail(folder, send):
    """Evolution subscribes some seconds after it has connected, and tells nobody: mail is sent until it hears of it."""
    late = []
    GLib.timeout_add_seconds(NEWS_SECONDS, late.append, True)
    again = GLib.timeout_add_seconds(2, send)
    while not folder.get_uids() and not late:
        LOOP.iteration(True)
    GLib.source_remove(again)
    return len(folder.get_uids()) > 0


sys.excepthook = fail
signal.alarm(MOST_SECONDS)
Camel.init(home, False)
Camel.provider_init()
for name, user in (("account", username), ("sender", sender), ("wrong", username)):
    write_account(name, user, "Mail Account")
write_account("transport", sender, "Mail Transport")

try:
    Session("wrong", "wrong").open("wrong", STORE, username)
    check(False, "a wrong password is refused")
except GLib.Error as error:
    check(error.matches(Camel.service_error_quark(), Camel.ServiceError.CANT_AUTHENTICATE), f"refused: {error}")

session = Session("right", password)
store = session.open("account", STORE, username)
names = folder_names(store)
check({"Inbox", "Drafts", "Sent Items", "Deleted Items", "Junk Email"} <= names, f"the folders are there: {names}")
inbox = store.get_folder_sync("Inbox", 0, None)
check(len(infos(inbox)) == 4, "the Inbox has four messages")
check(unread(inbox) == 4, "all unread")
uids = sorted(inbox.get_uids(), key=lambda uid: inbox.get_message_info(uid).get_subject())
files = {}
for uid in uids:
    message = inbox.get_message_sync(uid, None)
    check(message.get_subject() == inbox.get_message_info(uid).get_subject(), "each comes whole")
    files.update(contents_of(message))
check(len(set(files) - {None}) == 4, f"4 attachments, not {sorted(set(files) - {None})}")
check(any(content.startswith(b"%PDF-") for content in files.values()), "one is a PDF")
mark(inbox, uids, SEEN)
check(unread(inbox) == 0, "none is unread")

store.create_folder_sync("Inbox", "Processed", None)
check("Inbox/Processed" in folder_names(store), "a folder is created")
processed = store.get_folder_sync("Inbox/Processed", 0, None)
inbox.transfer_messages_to_sync(uids[:3], processed, True, None)
check(len(infos(inbox)) == 1, "one is left")
check(len(infos(processed)) == 3 and unread(processed) == 0, "three were moved, and are read")
inbox.transfer_messages_to_sync(uids[3:], processed, False, None)
check(len(infos(inbox)) == 1 and len(infos(processed)) == 4, "one was copied")
mark(inbox, uids[3:], FLAGGED)
mark(inbox, uids[3:], DELETED)
check(len(infos(inbox)) == 0, "it is deleted")
deleted = infos(store.get_folder_sync("Deleted Items", 0, None))
check(len(deleted) == 1, "and lies in Deleted Items")
check(deleted[0].get_flags() & FLAGGED, "as it was flagged")

mailer = session.open("sender", STORE, sender, listen=whole)
info = Camel.MessageInfo.new(None)
info.set_flags(SEEN, SEEN)
target = mailer.get_folder_sync("Inbox/Processed", 0, None)
saved, uid = target.append_message_sync(message_with("appended", "Appended text"), info, None)
check(saved and "appended" in subjects(processed), "a message is saved")
check(unread(processed) == 0, "and counts as read")
check(uid in processed.get_uids(), "under the id that was told")
text = contents_of(processed.get_message_sync(uid, None))[None]
check(text.strip() == b"Appended text", f"it is read back: {text}")
check(processed.count_by_expression('(match-all (body-contains "appended"))', None) == 1, "and found by its text")

info = next(info for info in infos(target) if info.get_uid() == uid)
info.set_flags(ANSWERED, ANSWERED)
info.set_user_flag("$Labelimportant", True)
info.set_user_tag("follow-up", "Follow-Up")
target.synchronize_sync(False, None)
infos(processed)
info = processed.get_message_info(uid)
check(info.get_flags() & ANSWERED, "it is answered")
check(info.get_user_flag("$Labelimportant"), "it has a label")
check(info.get_user_tag("follow-up") == "Follow-Up", "it is to be followed up")
mailer.create_folder_sync("Inbox", "Old", None)
mailer.rename_folder_sync("Inbox/Old", "Inbox/New", None)
check("Inbox/New" in folder_names(mailer), "a folder is renamed")
if whole:
    # Where its state was refused, Evolution no longer knows which folder is Deleted Items, and crashes here.
    mailer.delete_folder_sync("Inbox/New", None)
    check("Inbox/New" not in folder_names(mailer), "and deleted")

seen = mailer.get_folder_sync("Inbox", 0, None)
check(len(infos(seen)) == 0, "the Inbox is empty")
transport = session.open("transport", TRANSPORT, sender)
address = Camel.InternetAddress()
address.add("", username)


def send():
    transport.send_to_sync(message_with("sent", "Sent text"), address, address, None)
    return True


send()
check(subjects(inbox) == ["sent"], "the message sent arrived")
if whole:
    # Nothing asks for changes here but what a notification sets off.
    check(hears_of_mail(seen, send), "Evolution hears of mail")
mailer.disconnect_sync(True, None)
print(f"evolution: {checks} checks passed")
end(0)
