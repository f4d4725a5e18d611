/** The table of what is served: a method and path, the least permission, and the operation. */
import type { Operation } from './call.ts';
import {
  createAttachment,
  createUploadSession,
  deleteAttachment,
  getAttachment,
  getAttachmentValue,
  listAttachments,
} from './operations/attachments.ts';
import {
  copyFolder,
  createFolder,
  deleteFolder,
  moveFolder,
  permanentlyDeleteFolder,
  updateFolder,
} from './operations/change-folders.ts';
import { createMessage } from './operations/create-message.ts';
import { deleteMessage, permanentlyDeleteMessage } from './operations/delete-message.ts';
import { foldersDelta } from './operations/folder-delta.ts';
import { getFolder, listChildFolders, listFolders } from './operations/folders.ts';
import { getMessage, getMessageValue } from './operations/get-message.ts';
import { getSchedule } from './operations/get-schedule.ts';
import { listFolderMessages, listMessages } from './operations/list-messages.ts';
import {
  getAutomaticReplies,
  getMailboxSettings,
  getMailTips,
  listRules,
  updateMailboxSettings,
} from './operations/mailbox-settings.ts';
import { messagesDelta, refuseMailboxDelta } from './operations/message-delta.ts';
import { copyMessage, moveMessage } from './operations/move-message.ts';
import { createResponse, sendResponse } from './operations/reply.ts';
import { sendDraft, sendMail } from './operations/send.ts';
import { translateExchangeIds } from './operations/translate-ids.ts';
import { updateMessage } from './operations/update-message.ts';
import { getUser, listGroups, listMembers, listUsers } from './operations/users.ts';
import type { Permission } from './permissions.ts';
import type { Route } from './router.ts';

function route(
  method: string,
  path: string,
  permission: Permission,
  operation: Operation,
  needs?: readonly [on: string, name: string],
): Route {
  return { method, path, permission, operation, ...(needs === undefined ? {} : { needs }) };
}

const USER = '/users/{user}';
const FOLDERS = `${USER}/mailFolders`;
const FOLDER = `${FOLDERS}/{folder}`;

/** Below a message, with and without its folder in the path. */
const MESSAGE_ROUTES = [`${USER}/messages/{message}`, `${FOLDER}/messages/{message}`].flatMap((path): Route[] => [
  route('GET', path, 'Mail.ReadBasic', getMessage),
  route('PATCH', path, 'Mail.ReadWrite', updateMessage),
  route('DELETE', path, 'Mail.ReadWrite', deleteMessage),
  route('GET', `${path}/$value`, 'Mail.Read', getMessageValue),
  route('POST', `${path}/move`, 'Mail.ReadWrite', moveMessage),
  route('POST', `${path}/copy`, 'Mail.ReadWrite', copyMessage),
  route('POST', `${path}/permanentDelete`, 'Mail.ReadWrite', permanentlyDeleteMessage, ['message', 'permanentDelete']),
  route('POST', `${path}/send`, 'Mail.Send', sendDraft),
  route('POST', `${path}/reply`, 'Mail.Send', sendResponse('reply')),
  route('POST', `${path}/replyAll`, 'Mail.Send', sendResponse('replyAll')),
  route('POST', `${path}/forward`, 'Mail.Send', sendResponse('forward')),
  route('POST', `${path}/createReply`, 'Mail.ReadWrite', createResponse('reply')),
  route('POST', `${path}/createReplyAll`, 'Mail.ReadWrite', createResponse('replyAll')),
  route('POST', `${path}/createForward`, 'Mail.ReadWrite', createResponse('forward')),
  route('GET', `${path}/attachments`, 'Mail.Read', listAttachments),
  route('POST', `${path}/attachments`, 'Mail.ReadWrite', createAttachment),
  route('POST', `${path}/attachments/createUploadSession`, 'Mail.ReadWrite', createUploadSession, [
    'Collection(attachment)',
    'createUploadSession',
  ]),
  route('GET', `${path}/attachments/{attachment}`, 'Mail.Read', getAttachment),
  route('DELETE', `${path}/attachments/{attachment}`, 'Mail.ReadWrite', deleteAttachment),
  route('GET', `${path}/attachments/{attachment}/$value`, 'Mail.Read', getAttachmentValue),
]);

export const ROUTES: readonly Route[] = [
  route('GET', '/users', 'User.ReadBasic', listUsers),
  route('GET', USER, 'User.ReadBasic', getUser),
  route('GET', '/groups', 'GroupMember.Read', listGroups),
  route('GET', '/groups/{group}/members', 'GroupMember.Read', listMembers),
  route('GET', `${USER}/mailboxSettings`, 'MailboxSettings.Read', getMailboxSettings),
  route('PATCH', `${USER}/mailboxSettings`, 'MailboxSettings.ReadWrite', updateMailboxSettings),
  route('GET', `${USER}/mailboxSettings/automaticRepliesSetting`, 'MailboxSettings.Read', getAutomaticReplies),
  route('POST', `${USER}/getMailTips`, 'Mail.Read', getMailTips),
  route('POST', `${USER}/sendMail`, 'Mail.Send', sendMail),
  route('POST', `${USER}/calendar/getSchedule`, 'Calendars.ReadBasic', getSchedule),
  route('POST', `${USER}/translateExchangeIds`, 'User.Read', translateExchangeIds, ['user', 'translateExchangeIds']),
  route('GET', FOLDERS, 'Mail.ReadBasic', listFolders),
  route('POST', FOLDERS, 'Mail.ReadWrite', createFolder),
  route('GET', `${FOLDERS}/delta`, 'Mail.ReadBasic', foldersDelta, ['Collection(mailFolder)', 'delta']),
  route('GET', FOLDER, 'Mail.ReadBasic', getFolder),
  route('PATCH', FOLDER, 'Mail.ReadWrite', updateFolder),
  route('DELETE', FOLDER, 'Mail.ReadWrite', deleteFolder),
  route('GET', `${FOLDER}/childFolders`, 'Mail.ReadBasic', listChildFolders),
  route('POST', `${FOLDER}/childFolders`, 'Mail.ReadWrite', createFolder),
  route('POST', `${FOLDER}/move`, 'Mail.ReadWrite', moveFolder),
  route('POST', `${FOLDER}/copy`, 'Mail.ReadWrite', copyFolder),
  route('POST', `${FOLDER}/permanentDelete`, 'Mail.ReadWrite', permanentlyDeleteFolder, [
    'mailFolder',
    'permanentDelete',
  ]),
  route('GET', `${FOLDER}/messageRules`, 'MailboxSettings.Read', listRules),
  route('GET', `${FOLDER}/messages`, 'Mail.ReadBasic', listFolderMessages),
  route('POST', `${FOLDER}/messages`, 'Mail.ReadWrite', createMessage),
  route('GET', `${FOLDER}/messages/delta`, 'Mail.ReadBasic', messagesDelta, ['Collection(message)', 'delta']),
  route('GET', `${USER}/messages`, 'Mail.ReadBasic', listMessages),
  route('GET', `${USER}/messages/delta`, 'Mail.ReadBasic', refuseMailboxDelta, ['Collection(message)', 'delta']),
  route('POST', `${USER}/messages`, 'Mail.ReadWrite', createMessage),
  ...MESSAGE_ROUTES,
];
