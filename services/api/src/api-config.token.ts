/** Injection token of this service's configuration. */
export const API_CONFIG = Symbol('API_CONFIG');
