import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Axis } from "../axes";

interface AxisSelectProps {
  readonly label: string;
  readonly axes: readonly Axis[];
  readonly value: string | null;
  readonly onChange: (id: string) => void;
}

/** One of the parameters and results. */
export function AxisSelect({ label, axes, value, onChange }: AxisSelectProps) {
  const { t } = useTranslation("compare");
  const items = (isResult: boolean) => axes.filter((axis) => axis.isResult === isResult).map((axis) => ({ value: axis.id, label: axis.label }));
  const data = [
    { group: t("relations.results"), items: items(true) },
    { group: t("relations.parameters"), items: items(false) },
  ].filter((group) => group.items.length > 0);
  return (
    <Select
      size="xs"
      label={label}
      data={data}
      value={value}
      searchable={axes.length > 10}
      allowDeselect={false}
      onChange={(id) => (id === null ? undefined : onChange(id))}
      comboboxProps={{ width: "max-content", position: "bottom-start" }}
    />
  );
}
