"""The status bar of a phone or tablet: clock, battery, network and carrier above the page.

It says nothing of the page, and changes from shot to shot. What counts as one is a matter of place,
size and content together: a row at the very top of the image, no larger than the page's other
text, with a clock or a network's sign in it. A row that holds both is one as well where the image
shows the phone inside it, with nothing written above. Only what is of its own kinds is left out of
that row, so a title that stands beside a time stays.
"""

import re
from collections.abc import Sequence
from statistics import median

from vislex.ocr.lines import Line

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # within [ ]
_TOP = 2.5  # heights of the row below the image's edge; under a notch 1.7
_SMALL = 1.15  # times the page's median height; bars are 0.7 to 1.1

_CLOCK = r"(?:[上下]午|凌晨|早上|中午|晚上)? ?\d{1,2}[:：]\d{2}(?::\d{2})?(?: ?[AP]M)?"
_SIGNS = (
    r"[2-6]G\+?|5GA|LTE\+?|VoLTE|VoWiFi|VoNR|HD\+?\d?|WLAN|Wi-?Fi|NFC|VPN|GPRS|EDGE|SIM ?\d"
    r"|\d{1,3} ?%|\d+(?:\.\d+)? ?[KMG]?B?/s"
)
_DATES = (
    r"\d{1,2}月\d{1,2}日|(?:星期|周|週)[一二三四五六日天]"
    r"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*|\d{1,2}/\d{1,2}"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* ?\d{1,2}"
)
_CARRIERS = (
    rf"[{HAN}]{{0,4}}(?:移动|联通|电信|通信|广电|移動|聯通|電信|電訊|電訊|行動)"
    r"|仅限紧急呼叫|緊急通話のみ|无服务|無服務|无SIM卡|飞行模式|飛航模式"
    r"|No Service|No SIM|Emergency calls only|SOS"
    r"|[A-Z][\w&-]* ?(?:Mobile|Telecom|Unicom|Wireless)|CMCC|CHN-[A-Z]+|CU|CT"
    r"|AT&T|T-Mobile|Verizon|Vodafone|Orange|O2|Sprint|Telekom|docomo|SoftBank|KDDI|au"
)
_SCRAP = rf"(?<![^\s])[^\s{HAN}]{{1,2}}(?![^\s])|(?<![^\s])[{HAN}](?![^\s])"  # an icon, misread

_HAS_CLOCK = re.compile(rf"{_CLOCK}(?!\d)", re.IGNORECASE)
_HAS_SIGN = re.compile(rf"(?:{_SIGNS})(?!\d)", re.IGNORECASE)
_OWN = re.compile(rf"\s*(?:(?:{_CLOCK}|{_SIGNS}|{_DATES}|{_CARRIERS}|{_SCRAP})\s*)+", re.IGNORECASE)


def without_status_bar(lines: Sequence[Line]) -> list[Line]:
    """The lines, in their order, but for those of the status bar."""
    bar = set(map(id, _bar(lines)))
    return [line for line in lines if id(line) not in bar]


def _bar(lines: Sequence[Line]) -> list[Line]:
    if not lines:
        return []
    first = min(lines, key=_middle)
    row = [line for line in lines if _middle(line) <= first.quad[3][1]]
    rest = [line for line in lines if _middle(line) > first.quad[3][1]]
    small = _SMALL * median(map(_height, rest)) if rest else float("inf")
    own = [line for line in row if _OWN.fullmatch(line.text) and _height(line) <= small]
    clock, sign = (any(kind.search(line.text) for line in own) for kind in (_HAS_CLOCK, _HAS_SIGN))
    if _middle(first) <= _TOP * _height(first):
        return own if clock or sign else []
    return own if clock and sign else []


def _middle(line: Line) -> float:
    return sum(y for _, y in line.quad) / len(line.quad)


def _height(line: Line) -> float:
    (_, top), _, _, (_, bottom) = line.quad
    return max(bottom - top, 1.0)
