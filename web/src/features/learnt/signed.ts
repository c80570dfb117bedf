/** Writes numbers of one axis with the same decimals and always with their sign. */
export function signedFormat(locale: string, reach: number): (value: number) => string {
  const decimals = reach >= 1 ? 1 : 2 - Math.ceil(Math.log10(Math.max(reach, 1e-9)));
  const format = new Intl.NumberFormat(locale, { minimumFractionDigits: decimals, maximumFractionDigits: decimals, signDisplay: "exceptZero" });
  return (value) => format.format(value).replace("-", "−");
}
