import { Skeleton } from "@mantine/core";
import { lazy, Suspense, type ComponentProps } from "react";

const Loaded = lazy(() => import("../../../charts/HeatGrid"));

export function LazyGrid(props: ComponentProps<typeof Loaded>) {
  return (
    <Suspense fallback={<Skeleton height={props.height} radius="sm" />}>
      <Loaded {...props} />
    </Suspense>
  );
}
