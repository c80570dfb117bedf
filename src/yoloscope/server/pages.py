"""The few pages that the server writes itself, without script: plain, in both languages."""

from starlette.responses import HTMLResponse

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>yoloscope</title><link rel="icon" href="/favicon.svg">
<style>body{{font:16px/1.6 system-ui,sans-serif;max-width:36rem;margin:4rem auto;padding:0 1rem}}</style></head>
<body><h1>yoloscope</h1>{body}</body></html>
"""


def link_used() -> HTMLResponse:
    """Return the page for a one-time link that does not work any more."""
    return _page(
        "<p>This link has been used or is older than ten minutes. Run <code>yoloscope up</code> again for a new one, "
        'or <a href="/">open the dashboard</a> and paste the token.</p>'
        '<p lang="zh">该链接已被使用，或已超过十分钟。请重新运行 <code>yoloscope up</code> 获取新链接，'
        '或<a href="/">打开面板</a>并粘贴令牌。</p>',
        status=410,
    )


def not_built() -> HTMLResponse:
    """Return the page for a checkout whose dashboard has not been built."""
    return _page(
        "<p>The dashboard is not built yet. Run <code>make web</code> in the source folder, then reload this page. "
        "Trainings are recorded meanwhile.</p>"
        '<p lang="zh">面板尚未构建。请在源码目录运行 <code>make web</code>，然后刷新本页。训练数据仍在正常记录。</p>',
        status=200,
    )


def swagger() -> HTMLResponse:
    """Return the page that shows the API's description; its script and style are files of ours."""
    return HTMLResponse(
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>yoloscope API</title>\n'
        '<link rel="icon" href="/favicon.svg"><link rel="stylesheet" href="/docs/swagger-ui.css"></head>\n'
        '<body><div id="swagger-ui"></div>\n'
        '<script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body></html>\n'
    )


SWAGGER_START = (
    'SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null});\n'
)
"""The script that starts the API page; a file of its own, because our pages run no inline script."""


def _page(body: str, *, status: int) -> HTMLResponse:
    return HTMLResponse(_PAGE.format(body=body), status_code=status, headers={"Cache-Control": "no-store"})
