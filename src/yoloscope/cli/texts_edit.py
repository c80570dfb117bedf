"""What `runs tag`, `runs note` and `runs archive` say, in English and Chinese; part of the one table in `texts`."""

TEXTS: dict[str, tuple[str, str]] = {
    "edit.tags": ("{name}: {tags}", "{name} 的标签：{tags}"),
    "edit.no_tags": ("{name} has no tags", "{name} 没有标签"),
    "edit.noted": ("{name} has the note", "已为 {name} 写下备注"),
    "edit.archived": (
        "{name} is put away; `yoloscope runs ls --archived` lists it",
        "{name} 已归档；可用 `yoloscope runs ls --archived` 列出",
    ),
    "edit.back": ("{name} is listed again", "{name} 已取消归档"),
}
