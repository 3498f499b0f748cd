"""Which page each label is of, and how one image of it is drawn from its seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from samples.screens import account, amount, everyday, lending_home, overview, pictures, user_info
from samples.screens.brands import Brand, stranger_like
from samples.screens.chrome import draw_bubble, draw_toast
from samples.screens.data import make_money, make_person
from samples.screens.draw import WHITE, Canvas, mix
from samples.screens.plan import LABELS, OTHER, Job
from samples.screens.shot import Page, Shot, render
from samples.screens.style import STYLES

MakePage = Callable[[Shot], Page]

# The part of a label after the brand's key says which page it is of.
PAGES: dict[str, tuple[MakePage, ...]] = {
    "amount": (amount.page,),
    "user_info": (user_info.page,),
    "total_amount": (overview.total_page,),
    "amount_detail": (overview.detail_page,),
    "main_page": (lending_home.main_page,),
    "yqh": (lending_home.offer_page,),
    "setting": (account.setting_page,),
    "my_homepage-zfb_my_name_card": (account.homepage, account.name_card),
}
UNRELATED: dict[str, MakePage] = {
    "chat": everyday.chat_list, "weather": everyday.weather, "system": everyday.phone_settings,
    "shopping": everyday.shopping, "article": everyday.article, "login": everyday.login,
    "music": pictures.music, "map": pictures.street_map, "game": pictures.game_menu,
    "photos": pictures.photo_grid, "calendar": pictures.calendar, "empty": pictures.empty,
}  # fmt: skip
PHOTOGRAPH = "photograph"
KINDS = (*UNRELATED, PHOTOGRAPH)


def draw(job: Job) -> Canvas:
    """Everything random about the image comes from the job's own seed."""
    rng = Random(job.seed)
    shot = _shot(job, rng)
    if job.unrelated == PHOTOGRAPH:
        return pictures.photograph(shot)
    screen = render(_page_of(job)(shot), shot)
    if rng.random() < 0.15:
        draw_toast(screen, rng)
    if rng.random() < 0.2:
        draw_bubble(screen, shot.brand.primary, rng)
    return screen


def _page_of(job: Job) -> MakePage:
    if job.unrelated:
        return UNRELATED[job.unrelated]
    pages = PAGES[(job.imitates or job.label).split("_", 1)[1]]
    # Look-alikes of one label lie as many images apart as there are labels.
    turn = job.index // len(LABELS) if job.imitates else job.index
    return pages[turn % len(pages)]


def _shot(job: Job, rng: Random) -> Shot:
    style = STYLES[job.style]
    known = job.imitates or job.label
    brand: Brand = rng.choice(style.brands) if job.unrelated else style.brand(known.split("_")[0])
    if job.label == OTHER:
        brand = stranger_like(brand, style.strangers[job.index % len(style.strangers)], rng)
    theme = style.dark if rng.random() < 0.12 else style.light
    if theme.dark:
        # As apps do: the light theme's colour is hard to read on a dark card.
        brand = replace(brand, primary=mix(brand.primary, WHITE, 0.22))
    return Shot(
        phone=job.phone,
        face=job.face,
        font_scale=rng.choice((0.92, 1.0, 1.0, 1.0, 1.08, 1.15)),
        style=style,
        theme=theme,
        brand=brand,
        person=make_person(rng),
        money=make_money(rng),
        scroll=rng.choice((0.0, 0.0, rng.random(), 1.0)),
        rng=rng,
    )
