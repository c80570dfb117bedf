import { SegmentedControl } from "@mantine/core";

interface ChoiceProps<T extends string> {
  readonly name: string;
  readonly label: string;
  readonly options: readonly { readonly value: T; readonly label: string }[];
  readonly value: T;
  readonly onChange: (value: T) => void;
}

/** One of a few, with what it is about before it. */
export function Choice<T extends string>({ name, label, options, value, onChange }: ChoiceProps<T>) {
  const choose = (next: string) => {
    const found = options.find((one) => one.value === next);
    if (found) onChange(found.value);
  };
  return (
    <SegmentedControl
      size="xs"
      withItemsBorders={false}
      aria-label={label}
      data={options.map((one) => ({ value: one.value, label: <span data-testid={`${name}-${one.value}`}>{one.label}</span> }))}
      value={value}
      onChange={choose}
    />
  );
}
