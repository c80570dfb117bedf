"""What a page says and how it is made, looked at as a whole: words of another language, faults that axe finds, widths."""

import contextlib
import re
from pathlib import Path

from playwright.sync_api import Error, Page, Response

AXE = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
_STAYS = """
yoloscope api epoch epochs batch step steps map iou ciou giou diou ap lr gpu cpu ram pr auc id url csv svg png html json pdf webp utf
nan inf inf log ema sgd adamw adam yolo ultralytics python cuda torch pca umap tsne sne nms obb kb mb gb tb kib mib gib mhz ghz hz px ms min max
true false null ctrl cmd alt shift esc enter tab home end web ok eta f1 tp fp fn re2 sha pytorch tensorboard wandb mlflow aim swanlab parquet
http https localhost ip token influxdb sqlite bn dfl cls box warm close mosaic mixup hsv logit logits sidecar vs std onnx docker git commit linux
"""
STAYS = frozenset(_STAYS.split())
"""Words that stand in Chinese texts as they are (docs/glossary.md), units and names of things."""
_ENGLISH_KEYS = {"en", "detail", "what", "sentence", "fix"}
_TEXTS = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const element = node.parentElement;
    if (!element || element.closest("script, style, code, kbd, [translate=no], [lang=en]")) continue;
    if (node.textContent.trim() && element.checkVisibility({ checkOpacity: false, checkVisibilityCSS: true })) found.push(node.textContent.trim());
  }
  for (const element of document.querySelectorAll("[aria-label], [title], [placeholder]")) {
    if (element.closest("[translate=no], [lang=en]")) continue;
    for (const name of ["aria-label", "title", "placeholder"]) if (element.getAttribute(name)) found.push(element.getAttribute(name));
  }
  return found;
}"""
_WORD = re.compile(r"[A-Za-z][A-Za-z'’]+")
_FILTER = re.compile(r'[\w./-]+ (?:[<>!=]=?|in|contains|matches) (?:"[^"]*"|\[[^\]]*\]|now - \w+|[\w.]+)(?: and| or)?')
_COMMAND = re.compile(r"yoloscope[. ][a-z]+(?:\(\))?(?: --\w+)*")
_FILE = re.compile(r"\b[\w-]+\.(?:pt|toml|yaml|py|json|csv)\b")


class Vocabulary:
    """The words that the server told, which are people's own: names of runs, classes, settings."""

    def __init__(self, page: Page) -> None:
        self._words: set[str] = set()
        self._heard: list[Response] = []
        page.on("response", self._hear)

    def _hear(self, response: Response) -> None:
        self._heard.append(response)

    def words(self) -> set[str]:
        """Return the words of all answers so far; those of a page that was left meanwhile are gone."""
        while self._heard:
            answer = self._heard.pop()
            if "json" not in answer.headers.get("content-type", "") or not answer.ok:
                continue
            with contextlib.suppress(Error):
                self._take(answer.json())
        return self._words

    def _take(self, value: object) -> None:
        if isinstance(value, str):
            self._words.update(word.lower() for word in _WORD.findall(value))
        elif isinstance(value, list):
            for one in value:
                self._take(one)
        elif isinstance(value, dict):
            for key, one in value.items():
                if key not in _ENGLISH_KEYS:
                    self._take(key)
                    self._take(one)


def _prose(text: str) -> str:
    """Return the text without what is typed: filters, commands, names of files."""
    for typed in (_FILTER, _COMMAND, _FILE):
        text = typed.sub("", text)
    return text


def stray_english(page: Page, vocabulary: Vocabulary) -> list[str]:
    """Return texts of a Chinese page with English words that neither the glossary keeps nor the server told."""
    known = STAYS | vocabulary.words()
    return [
        text
        for text in page.evaluate(_TEXTS)
        if any(len(word) > 1 and word.lower() not in known for word in _WORD.findall(_prose(text)))
    ]


def stray_chinese(page: Page) -> list[str]:
    """Return texts of an English page with Chinese in them, but for names that the tests' data have."""
    own = ("划痕", "轻微", "夜班", "中文")
    texts = page.evaluate(_TEXTS)
    return [text for text in texts if re.search(r"[\\u4e00-\\u9fff]", text) and not any(name in text for name in own)]


def faults(page: Page) -> list[str]:
    """Return what axe finds serious or critical by WCAG A and AA, as rule and place."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "async () => (await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })).violations"
    )
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    return [
        f"{one['id']}: {node['target']} {node.get('failureSummary', '')[:200]}"
        for one in serious
        for node in one["nodes"][:3]
    ]


def too_wide(page: Page) -> float:
    """Return by how many pixels the page is wider than its window."""
    return page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
