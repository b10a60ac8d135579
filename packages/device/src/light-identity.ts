/** Who a light is and where it stands. Positions are WGS 84 degrees. */
export interface LightIdentity {
  readonly endpoint: string;
  readonly name: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly hardwareRevision: string;
  readonly serialNumber: string;
  readonly firmwareVersion: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly street: string;
  readonly district: string;
  readonly feeder: string;
  readonly cell: string;
  /** Cell ID as object 4 reports it. */
  readonly cellId: number;
}
