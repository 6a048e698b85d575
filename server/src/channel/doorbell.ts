/** Hands the one wake-up of a domain to the ports that wait for something. */
export class Doorbell {
  readonly #ports: { onWake(): void }[] = [];

  register(port: { onWake(): void }): void {
    this.#ports.push(port);
  }

  /** For the domain's `listen`. A session has few ports; each knows by one comparison whether it waits. */
  readonly ring = (): void => {
    for (const port of this.#ports) port.onWake();
  };
}
