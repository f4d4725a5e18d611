/** What ends a whole request: HTTP 500 with a fault. */
import { FAILED_VALIDATION, type SchemaViolation } from '../../ews/schema/request-validation.ts';

export class SoapFault extends Error {
  readonly responseCode: string;
  readonly violation: SchemaViolation | undefined;

  constructor(responseCode: string, message: string, violation?: SchemaViolation) {
    super(message);
    this.responseCode = responseCode;
    this.violation = violation;
  }
}

/**
 * @param violation its text alone where it was not found by the schema
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode
 */
export function schemaViolation(violation: SchemaViolation | string): SoapFault {
  return typeof violation === 'string'
    ? new SoapFault('ErrorSchemaValidation', `${FAILED_VALIDATION}: ${violation}`)
    : new SoapFault('ErrorSchemaValidation', `${FAILED_VALIDATION}: ${violation.text}`, violation);
}
