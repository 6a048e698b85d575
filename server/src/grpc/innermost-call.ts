/** The call of grpc-js itself, behind the interceptors: whoever needs more than an interceptor sees looks inside it. */
export function innermostCall(call: object): object {
  let inner: { nextCall?: object } = call;
  while (inner.nextCall !== undefined) inner = inner.nextCall;
  return inner;
}
