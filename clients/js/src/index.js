/** `@ordermill/commerce`: the engine's hanzo face (documents 000 and 001), and what it knows beside, for JavaScript. Types: index.d.ts. */
export { Commerce } from './commerce.js'
export {
  AuthenticationError,
  CommerceError,
  ConflictError,
  ConnectionError,
  NotFoundError,
  PaymentError,
  PendingError,
  PermissionError,
  PreconditionError,
  ProtocolError,
  RateLimitError,
  UnavailableError,
  ValidationError
} from './errors.js'
export { WebhookError, constructEvent } from './webhooks.js'
