/** Namespace names of SOAP and EWS, as the WSDL and the XML specifications write them. */
export const SOAP_11 = 'http://schemas.xmlsoap.org/soap/envelope/';
export const SOAP_12 = 'http://www.w3.org/2003/05/soap-envelope';
export const EWS_TYPES = 'http://schemas.microsoft.com/exchange/services/2006/types';
export const EWS_MESSAGES = 'http://schemas.microsoft.com/exchange/services/2006/messages';
export const EWS_ERRORS = 'http://schemas.microsoft.com/exchange/services/2006/errors';
export const XML = 'http://www.w3.org/XML/1998/namespace';
export const XMLNS = 'http://www.w3.org/2000/xmlns/';
