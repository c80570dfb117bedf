"""Labels that a model contradicts: what one look tells (`looks`), how looks are compared (`scale`), which labels stand out (`ranking`, `missing`), what is kept (`rounds`)."""
