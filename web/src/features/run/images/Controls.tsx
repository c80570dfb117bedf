import { Button, SegmentedControl, Slider } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { EpochSlider } from "../../../ui/EpochSlider";
import { formatNumber } from "../../../lib/format";
import { useLanguage } from "../../../i18n/use-language";
import { useItemsView } from "../use-items-view";
import styles from "./Controls.module.css";
import { CONFIDENCE } from "./use-box-view";

interface ShareSliderProps {
  readonly label: string;
  readonly value: number;
  readonly onChange: (value: number) => void;
  readonly testId: string;
}

/** A value between 0 and 1, which stands beside its slider. */
export function ShareSlider({ label, value, onChange, testId }: ShareSliderProps) {
  return (
    <div className={styles.control}>
      <span className={styles.label}>{label}</span>
      <Slider
        className={styles.slider}
        size="sm"
        min={0}
        max={1}
        step={0.01}
        label={null}
        value={value}
        onChange={onChange}
        thumbLabel={label}
        data-testid={testId}
      />
      <output className={styles.value}>{value.toFixed(2)}</output>
    </div>
  );
}

/** The epoch of all pictures at once. */
export function EpochControl({ epochs, epoch, onChange, label }: { epochs: readonly number[]; epoch: number; onChange: (epoch: number) => void; label?: string }) {
  const { t } = useTranslation("items");
  const language = useLanguage();
  if (epochs.length < 2) return epochs.length === 1 ? <span className={styles.one}>{t("epoch", { epoch: formatNumber(epoch, language) })}</span> : null;
  return (
    <div className={styles.epochs}>
      <EpochSlider
        epochs={epochs}
        value={epoch}
        label={label ?? t("epochLabel")}
        earlier={t("earlier")}
        later={t("later")}
        text={t("epoch", { epoch: formatNumber(epoch, language) })}
        onChange={onChange}
      />
    </div>
  );
}

const SIDES = ["truth", "predictions"] as const;

interface BoxControlsProps {
  readonly compares: boolean;
  readonly hasPredictions: boolean;
  /** How strongly heat maps cover their pictures; null where there are none. */
  readonly heat: number | null;
  readonly hasMask: boolean;
}

/** Which boxes are shown and how. */
export function BoxControls({ compares, hasPredictions, heat, hasMask }: BoxControlsProps) {
  const { t } = useTranslation("items");
  const [view, change] = useItemsView();
  return (
    <>
      {hasPredictions ? (
        <ShareSlider label={t("images.confidence")} value={view.confidence ?? CONFIDENCE} onChange={(confidence) => change({ confidence })} testId="confidence" />
      ) : null}
      {compares ? (
        <>
          <SegmentedControl
            size="xs"
            aria-label={t("images.sides.label")}
            data={(["both", ...SIDES] as const).map((value) => ({ value, label: t(`images.sides.${value}`) }))}
            value={view.sides ?? "both"}
            onChange={(value) => change({ sides: SIDES.find((one) => one === value) })}
          />
          <SegmentedControl
            size="xs"
            aria-label={t("images.colors.label")}
            data={(["outcome", "class"] as const).map((value) => ({ value, label: t(`images.colors.${value}`) }))}
            value={view.colors ?? "outcome"}
            onChange={(value) => change({ colors: value === "class" ? value : undefined })}
          />
        </>
      ) : null}
      {heat === null ? null : <ShareSlider label={t("images.heat")} value={heat} onChange={(value) => change({ heat: value })} testId="heat-opacity" />}
      {hasMask ? (
        <Button
          size="compact-sm"
          variant={view.mask === false ? "default" : "light"}
          aria-pressed={view.mask !== false}
          onClick={() => change({ mask: view.mask === false ? undefined : false })}
        >
          {t("images.mask")}
        </Button>
      ) : null}
    </>
  );
}
