import { Skeleton } from "@mantine/core";
import { lazy, Suspense, type ComponentProps } from "react";

const Loaded = lazy(() => import("../../../charts/Figure"));

/** A figure, whose code comes with the first one. */
export function LazyFigure(props: ComponentProps<typeof Loaded>) {
  return (
    <Suspense fallback={<Skeleton height={props.height} radius="sm" />}>
      <Loaded {...props} />
    </Suspense>
  );
}
