"""The sample city's public site: real laws in short summaries, invented notices."""

from wagtail.models import Page, Site

from quancheng.systems.portal.demo import documents, pages
from quancheng.systems.portal.models import (
    ArticlePage,
    HomePage,
    NoticePage,
    PlainPage,
    SectionPage,
    TopicPage,
)


def build() -> None:
    """Build the public site. Safe to repeat: a page that is there stays as its editors left it."""
    home = _home()
    sections = {"": home}
    for parent, slug, title, icon, intro, text in pages.SECTIONS:
        section = SectionPage(slug=slug, title=title, icon=icon, intro=intro, body=rich(text))
        sections[slug] = _below(sections[parent], section)
    for slug, title, icon, words, intro, text in pages.TOPICS:
        _below(
            sections["topics"], TopicPage(slug=slug, title=title, icon=icon, words=words, intro=intro, body=rich(text))
        )
    for place, item in enumerate(documents.DOCUMENTS, start=1):
        _below(sections["laws"], _article(place, item))
    for slug, title, issuer, day, summary, text in pages.NOTICES:
        notice = NoticePage(slug=slug, title=title, issuer=issuer, issued_on=day, summary=summary, body=rich(text))
        _below(sections["notices"], notice)
    for slug, title, text in pages.PLAIN:
        _below(home, PlainPage(slug=slug, title=title, body=rich(text)))


def rich(text: str) -> str:
    """Return paragraphs and headings (lines that start with #) as the HTML that Wagtail stores."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "".join(f"<h2>{line[1:]}</h2>" if line.startswith("#") else f"<p>{line}</p>" for line in lines)


def _home() -> HomePage:
    if found := HomePage.objects.first():
        return found
    root = Page.get_first_root_node()
    # Wagtail's own migration leaves a welcome page at the address that ours takes.
    root.get_children().filter(content_type__model="page").delete()
    root = Page.objects.get(pk=root.pk)
    home = HomePage(
        slug="home",
        title="济南市人民政府 政务服务",
        question="今天想办什么事？",
        hot_words="开饭店 店招 营业执照 加装电梯 垃圾分类",
    )
    root.add_child(instance=home)
    Site.objects.update_or_create(
        is_default_site=True, defaults={"hostname": "localhost", "port": 80, "site_name": "泉城", "root_page": home}
    )
    return home


def _below(parent: Page, page: Page) -> Page:
    if found := type(page).objects.child_of(parent).filter(slug=page.slug).first():
        return found
    return parent.add_child(instance=page)


def _article(place: int, item: documents.Document) -> ArticlePage:
    return ArticlePage(
        slug=item.slug,
        title=item.title,
        number=item.number,
        index_number=f"11370100-{item.issued_on.year}-{place:05d}",
        issuer=item.issuer,
        subject=item.subject,
        issued_on=item.issued_on,
        effective_on=item.effective_on,
        summary=item.summary,
        body=rich(item.body),
    )
