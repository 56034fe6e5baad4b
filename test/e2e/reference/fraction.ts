/** A rational number, exact: what the tests reckon with where the product has doubles. */
export class Fraction {
  private constructor(
    readonly numerator: bigint,
    /** Above 0, without a common divisor. */
    readonly denominator: bigint,
  ) {}

  static of(numerator: bigint | number, denominator: bigint | number = 1n): Fraction {
    const [n, d] = [BigInt(numerator), BigInt(denominator)];
    if (d === 0n) throw new RangeError('a fraction over 0');
    const divisor = greatestCommonDivisor(n < 0n ? -n : n, d < 0n ? -d : d) * (d < 0n ? -1n : 1n);
    return new Fraction(n / divisor, d / divisor);
  }

  /** The number that a decimal text shows, with an exponent or not. */
  static parse(text: string): Fraction {
    const [, sign = '', whole = '', decimals = '', exponent = '0'] =
      /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
    if (whole === '') throw new RangeError(`no number: "${text}"`);
    const power = Number(exponent) - decimals.length;
    const digits = BigInt(sign + whole + decimals);
    return power < 0 ? Fraction.of(digits, 10n ** BigInt(-power)) : Fraction.of(digits * 10n ** BigInt(power));
  }

  plus(other: Fraction): Fraction {
    return Fraction.of(
      this.numerator * other.denominator + other.numerator * this.denominator,
      this.denominator * other.denominator,
    );
  }

  minus(other: Fraction): Fraction {
    return this.plus(other.times(Fraction.of(-1)));
  }

  times(other: Fraction): Fraction {
    return Fraction.of(this.numerator * other.numerator, this.denominator * other.denominator);
  }

  over(other: Fraction): Fraction {
    return Fraction.of(this.numerator * other.denominator, this.denominator * other.numerator);
  }

  /** Below 0, 0, or above 0, as this one is less, equal or greater. */
  compare(other: Fraction): number {
    const difference = this.numerator * other.denominator - other.numerator * this.denominator;
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }

  /** The nearest number with so many decimals, a half going to the even one. */
  round(places: number): Fraction {
    const scale = 10n ** BigInt(places);
    const doubled = 2n * this.numerator * scale;
    const twice = 2n * this.denominator;
    // ⌊x + ½⌋, and one less where x + ½ is an odd integer.
    const shifted = doubled + this.denominator;
    let units = shifted / twice - (shifted < 0n && shifted % twice !== 0n ? 1n : 0n);
    if (shifted % twice === 0n && units % 2n !== 0n) units -= 1n;
    return Fraction.of(units, scale);
  }

  /** As a decimal without trailing zeros. @throws RangeError for a number that has no end in so many decimals */
  toDecimal(places = 6): string {
    const scale = 10n ** BigInt(places);
    if ((this.numerator * scale) % this.denominator !== 0n) throw new RangeError('more decimals than that');
    const units = (this.numerator * scale) / this.denominator;
    const digits = String(units < 0n ? -units : units).padStart(places + 1, '0');
    const text = `${digits.slice(0, -places)}.${digits.slice(-places)}`.replace(/\.?0+$/, '');
    return units < 0n ? `-${text}` : text;
  }

  toNumber(): number {
    return Number(this.numerator) / Number(this.denominator);
  }
}

export const ZERO = Fraction.of(0);

export function sum(fractions: Iterable<Fraction>): Fraction {
  let total = ZERO;
  for (const each of fractions) total = total.plus(each);
  return total;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [greater, less] = [a, b];
  while (less !== 0n) [greater, less] = [less, greater % less];
  return greater === 0n ? 1n : greater;
}
