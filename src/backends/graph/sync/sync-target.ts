/** The folder that a synchronisation is about. */
import type { EwsElement } from '../../../ews/element.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import type { OperationContext } from '../operation.ts';
import { folderTarget, type FolderTarget } from '../targets.ts';

/** @throws ResponseError ErrorSyncFolderNotFound in place of ErrorFolderNotFound; others as {@link folderTarget} */
export async function syncTarget(context: OperationContext, element: EwsElement | undefined): Promise<FolderTarget> {
  try {
    return await folderTarget(context, element);
  } catch (error) {
    if (error instanceof ResponseError && error.responseCode === 'ErrorFolderNotFound')
      throw new ResponseError('ErrorSyncFolderNotFound', error.message);
    throw error;
  }
}
