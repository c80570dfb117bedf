import { NativeSelect, SegmentedControl, Slider, TextInput } from "@mantine/core";
import { useId, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Ends } from "../charts/extent";
import { medianWidth } from "../charts/median";
import { axisKeyOf } from "../charts/scene";
import { SMOOTHERS } from "../charts/smooth";
import styles from "./ChartPanel.module.css";
import { AxisOptions } from "./AxisOptions";
import { PanelActions } from "./PanelActions";
import type { PanelMenuProps } from "./PanelMenu";
import { MOST_SMOOTHING, xChoiceOf } from "./settings";
import type { PanelSettings } from "./use-settings";

const FIRST_WEIGHT = 0.6; // what smoothing begins with

function Field({ name, children }: { name: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <>
      <span className={styles.fieldName} id={id}>
        {name}
      </span>
      {children(id)}
    </>
  );
}

function ScaleField({ settings: { look, change } }: { settings: PanelSettings }) {
  const { t } = useTranslation("panels");
  return (
    <Field name={t("controls.scale")}>
      {(id) => (
        <SegmentedControl
          size="xs"
          aria-labelledby={id}
          data={[
            { value: "linear", label: t("controls.linear") },
            { value: "log", label: t("controls.log") },
          ]}
          value={look.log ? "log" : "linear"}
          onChange={(value) => change({ scale: value === "log" ? "log" : "linear" })}
        />
      )}
    </Field>
  );
}

/** How much is smoothed: it follows the slider at once, the address when it is let go. */
function StrengthField({ settings: { look, change } }: { settings: PanelSettings }) {
  const { t } = useTranslation("panels");
  const [draft, setDraft] = useState<number | null>(null);
  const smoother = look.smoother ?? "ema";
  const weight = draft ?? look.smoothing;
  function commit(value: number): void {
    setDraft(null);
    change({ smoother, smoothing: value });
  }
  return (
    <Field name={t("controls.strength")}>
      {(id) => (
        <div className={styles.weight}>
          <Slider
            size="xs"
            min={0.01}
            max={MOST_SMOOTHING}
            step={0.01}
            label={null}
            value={weight}
            onChange={setDraft}
            onChangeEnd={commit}
            thumbProps={{ "aria-labelledby": id }}
          />
          <span className={styles.weightValue}>{smoother === "median" ? medianWidth(weight) : weight.toFixed(2)}</span>
        </div>
      )}
    </Field>
  );
}

/** Off, average or median. */
function SmoothingField({ settings: { look, change } }: { settings: PanelSettings }) {
  const { t } = useTranslation("panels");
  function choose(value: string): void {
    const chosen = SMOOTHERS.find((one) => one === value);
    change(chosen ? { smoother: chosen, smoothing: look.smoothing > 0 ? look.smoothing : FIRST_WEIGHT } : { smoothing: 0 });
  }
  return (
    <Field name={t("controls.smoothing")}>
      {(id) => (
        <SegmentedControl
          size="xs"
          aria-labelledby={id}
          data={[
            { value: "off", label: t("controls.off") },
            { value: "ema", label: t("controls.ema") },
            { value: "median", label: t("controls.median") },
          ]}
          value={look.smoothing > 0 ? (look.smoother ?? "ema") : "off"}
          onChange={choose}
        />
      )}
    </Field>
  );
}

function AxisField({ settings: { look, change }, context }: Pick<PanelMenuProps, "settings" | "context">) {
  const { t } = useTranslation("panels");
  return (
    <Field name={t("controls.axis")}>
      {(id) => (
        <NativeSelect size="xs" aria-labelledby={id} value={axisKeyOf(look)} onChange={({ currentTarget }) => change({ x: xChoiceOf(currentTarget.value) ?? "step" })}>
          <AxisOptions axes={context.axes ?? []} locale={look.locale} />
        </NativeSelect>
      )}
    </Field>
  );
}

const numberOf = (text: string): number | null => {
  const value = Number(text.trim().replace(",", "."));
  return text.trim() === "" || !Number.isFinite(value) ? null : value;
};

interface Typed {
  readonly low: string;
  readonly high: string;
  /** The range when typing began, and the one that it led to: while one of them holds, what was typed stands. */
  readonly from: string;
  readonly to: string;
}

const keyOf = ([low, high]: Ends) => `${low ?? ""}:${high ?? ""}`;

/** What is typed, until the range is changed from elsewhere. */
function useTyped(range: Ends) {
  const now = keyOf(range);
  const [kept, setKept] = useState<Typed | null>(null);
  if (kept && kept.to === now && kept.from !== now) setKept({ ...kept, from: now });
  const fresh: Typed = { low: String(range[0] ?? ""), high: String(range[1] ?? ""), from: now, to: now };
  const typed = kept && (kept.from === now || kept.to === now) ? kept : fresh;
  return [typed, setKept] as const;
}

/** Ends of the y axis by hand; an empty field leaves its end to the data. */
function RangeField({ settings: { look, change } }: { settings: PanelSettings }) {
  const { t } = useTranslation("panels");
  const [typed, keep] = useTyped(look.yRange ?? [null, null]);
  const ends = [numberOf(typed.low), numberOf(typed.high)] as const;
  const isEmpty = ends[0] !== null && ends[1] !== null && ends[0] >= ends[1];
  function commit(): void {
    if (isEmpty) return;
    keep({ ...typed, to: keyOf(ends) });
    change({ y: ends });
  }
  const field = (end: "low" | "high", label: string) => (
    <TextInput
      size="xs"
      inputMode="decimal"
      placeholder={t("controls.auto")}
      aria-label={label}
      error={isEmpty}
      value={typed[end]}
      onChange={({ currentTarget }) => keep({ ...typed, [end]: currentTarget.value })}
      onBlur={commit}
      onKeyDown={({ key }) => key === "Enter" && commit()}
    />
  );
  return (
    <>
      <Field name={t("controls.range")}>
        {(id) => (
          <div className={styles.pair} role="group" aria-labelledby={id}>
            {field("low", t("controls.least"))}
            <span aria-hidden="true">–</span>
            {field("high", t("controls.most"))}
          </div>
        )}
      </Field>
      {isEmpty ? (
        <p className={styles.hint} role="alert">
          {t("controls.emptyRange")}
        </p>
      ) : null}
    </>
  );
}

function ClipField({ settings: { look, change } }: { settings: PanelSettings }) {
  const { t } = useTranslation("panels");
  return (
    <Field name={t("controls.outliers")}>
      {(id) => (
        <SegmentedControl
          size="xs"
          aria-labelledby={id}
          data={[
            { value: "whole", label: t("controls.showAll") },
            { value: "clip", label: t("controls.clip") },
          ]}
          value={look.clip ? "clip" : "whole"}
          onChange={(value) => change({ clip: value === "clip" })}
        />
      )}
    </Field>
  );
}

/** What the menu of a chart holds. It loads when the first one is opened. */
export default function PanelControls(props: PanelMenuProps & { readonly onDone: () => void }) {
  const { settings, context } = props;
  return (
    <div className={styles.controls}>
      <div className={styles.fields}>
        <ScaleField settings={settings} />
        <SmoothingField settings={settings} />
        {settings.look.smoothing > 0 ? <StrengthField settings={settings} /> : null}
        <ClipField settings={settings} />
        <AxisField settings={settings} context={context} />
        <RangeField settings={settings} />
      </div>
      <PanelActions {...props} />
    </div>
  );
}
