/** Bytes that grow at the end. Numbers are 32 bits, little endian. */
export class ByteBuilder {
  private buffer: Buffer;
  length = 0;

  /** @param expectedBytes what is reserved at once; memory that stays unused costs nothing */
  constructor(expectedBytes: number = 2 ** 16) {
    this.buffer = Buffer.allocUnsafeSlow(expectedBytes);
  }

  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.length] = value;
    this.length += 1;
  }

  bytes(source: Buffer, start: number, end: number): void {
    this.reserve(end - start);
    this.length += source.copy(this.buffer, this.length, start, end);
  }

  /** One byte a character. */
  text(latin1: string): void {
    this.reserve(latin1.length);
    this.length += this.buffer.write(latin1, this.length, 'latin1');
  }

  number(value: number): void {
    this.reserve(4);
    this.length = this.buffer.writeUInt32LE(value, this.length);
  }

  numberAt(offset: number, value: number): void {
    this.buffer.writeUInt32LE(value, offset);
  }

  latin1(start: number, end: number): string {
    return this.buffer.toString('latin1', start, end);
  }

  /** The bytes so far, not copied: the builder is not used any further. */
  finished(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  private reserve(sizeBytes: number): void {
    if (this.length + sizeBytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.buffer.length, this.length + sizeBytes));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}
