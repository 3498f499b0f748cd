"""Screens of no lender at all: lists and pages of everyday apps."""

from __future__ import annotations

from samples.screens import widgets as w
from samples.screens.data import CITIES, GIVEN, SURNAMES, yuan
from samples.screens.draw import WHITE, Canvas, Color, mix
from samples.screens.shot import Page, Shot

TINTS: tuple[Color, ...] = (
    (232, 92, 70), (70, 150, 220), (90, 180, 120), (240, 170, 60), (150, 110, 210), (80, 190, 190),
)  # fmt: skip
GOODS = ("纯棉圆领短袖", "陶瓷马克杯", "折叠雨伞", "无线鼠标", "竹纤维毛巾", "帆布双肩包",
         "桌面台灯", "保温饭盒")  # fmt: skip
SAYINGS = ("晚上一起吃饭吗", "文件已经发你邮箱了", "好的,明天见", "周末去爬山吧",
           "快递放门口了", "哈哈哈哈", "会议改到三点", "记得带伞")  # fmt: skip
STORY = ("清晨七点,摊主们已经摆好了货架。", "居民说,这里终于热闹起来了。",
         "活动将持续到下个月月底。", "现场设有儿童手作和旧书交换。",
         "组织者希望更多人走出家门。", "附近的公交线路也延长了时间。",
         "孩子们在草地上追着风筝跑。", "傍晚还有一场露天音乐会。",
         "天气好的时候可以带上野餐垫。", "更多消息请留意街口的布告栏。")  # fmt: skip


def chat_list(shot: Shot) -> Page:
    def body(c: Canvas, shot: Shot) -> float:
        rng = shot.rng
        for n in range(13):
            y = n * 68.0
            c.box(14, y + 10, 48, 48, rng.choice(TINTS), 6)
            c.icon("user", 38, y + 34, 32, WHITE)
            who = rng.choice(("家人群", "同学会", "项目讨论组")) if rng.random() < 0.3 else (
                rng.choice(SURNAMES) + rng.choice(GIVEN))  # fmt: skip
            c.text(76, y + 23, who, 16, shot.theme.ink)
            c.text(76, y + 47, rng.choice(SAYINGS), 13, shot.theme.faint)
            when = f"{rng.randrange(24)}:{rng.randrange(60):02d}"
            c.text(c.width - 14, y + 23, when, 12, shot.theme.faint, anchor="r")
            c.rule(76, y + 68, c.width, shot.theme.rule)
        return 13 * 68.0

    tabs = (("chat", "消息"), ("user", "通讯录"), ("star", "动态"), ("gear", "我"))
    return Page("消息", body, back=False, tabs=tabs)


def weather(shot: Shot) -> Page:
    def body(c: Canvas, shot: Shot) -> float:
        rng = shot.rng
        warm = rng.randrange(8, 34)
        c.gradient(0, 0, c.width, 900, (shot.brand.primary, shot.brand.deep))
        c.text(c.width / 2, 90, f"{warm}°", 84, WHITE, anchor="m")
        c.text(c.width / 2, 162, rng.choice(("晴", "多云", "小雨", "阴")), 20, WHITE, anchor="m")
        c.text(c.width / 2, 194, f"空气质量 {rng.choice(('优', '良'))}", 14, WHITE, anchor="m")
        for n, day in enumerate(("今天", "明天", "周三", "周四", "周五", "周六", "周日")):
            y = 260.0 + n * 48
            c.text(28, y, day, 16, WHITE)
            c.icon("sun", c.width / 2, y, 24, WHITE)
            low, high = warm - rng.randrange(4, 9), warm + rng.randrange(-2, 4)
            c.text(c.width - 28, y, f"{low}° / {high}°", 16, WHITE, anchor="r")
        c.text(
            28, 620, f"湿度 {rng.randrange(30, 90)}%   东南风 {rng.randrange(1, 6)}级", 14, WHITE
        )
        return 640

    return Page(shot.rng.choice(CITIES), body, shot.brand.primary)


def phone_settings(shot: Shot) -> Page:
    def body(c: Canvas, shot: Shot) -> float:
        rng = shot.rng
        wifi = f"home-{rng.randrange(100)}"
        net = [("无线网络", wifi), ("蓝牙", "已关闭"), ("移动网络", ""), ("个人热点", "")]
        look = [("显示与亮度", ""), ("声音与振动", ""), ("壁纸", ""), ("通知管理", "")]
        charge, filled = f"{rng.randrange(10, 100)}%", f"已用{rng.randrange(20, 200)}GB"
        more = [("电池", charge), ("存储空间", filled), ("系统更新", ""), ("关于手机", "")]
        y = 8.0
        for group in (net, look, more):
            y = w.rows(c, shot, y, group)
        return y

    return Page("系统设置", body)


def shopping(shot: Shot) -> Page:
    def body(c: Canvas, shot: Shot) -> float:
        rng = shot.rng
        c.box(14, 4, c.width - 28, 36, shot.theme.card, 18)
        c.icon("search", 36, 22, 18, shot.theme.faint)
        c.text(54, 22, rng.choice(GOODS), 14, shot.theme.faint)
        half = (c.width - 36) / 2
        for n in range(6):
            x, y = 12 + (n % 2) * (half + 12), 52 + (n // 2) * 262.0
            c.box(x, y, half, 250, shot.theme.card, 8)
            tint = rng.choice(TINTS)
            c.gradient(x, y, half, 160, (mix(tint, WHITE, 0.5), tint), 8)
            c.icon(rng.choice(("gift", "star", "bell", "sun")), x + half / 2, y + 80, 70, WHITE)
            c.text(x + 10, y + 180, rng.choice(GOODS), 14, shot.theme.ink, room=half - 20)
            c.text(x + 10, y + 210, f"¥{yuan(rng.randrange(9, 300))}", 17, (230, 60, 40), bold=True)
            c.text(x + 10, y + 234, f"{rng.randrange(10, 999)}人付款", 11, shot.theme.faint)
        return 52 + 3 * 262.0

    tabs = (("home", "首页"), ("star", "分类"), ("gift", "购物车"), ("user", "我的"))
    return Page("逛一逛", body, back=False, tabs=tabs)


def article(shot: Shot) -> Page:
    def body(c: Canvas, shot: Shot) -> float:
        rng, x, y = shot.rng, 18.0, 30.0
        title = rng.choice(("周末集市在河边开张", "老图书馆完成修缮", "小城的第一条自行车道"))
        c.text(x, y, title, 22, shot.theme.ink, bold=True)
        day = f"{rng.randrange(1, 13)}月{rng.randrange(1, 29)}日"
        c.text(x, y + 36, f"{day} 本地生活", 13, shot.theme.faint)
        tint = rng.choice(TINTS)
        c.gradient(x, y + 60, c.width - 2 * x, 170, (mix(tint, WHITE, 0.6), tint), 6)
        for n, sentence in enumerate(rng.sample(STORY, 9)):
            c.text(x, y + 262 + n * 34, sentence, 16.5, shot.theme.ink)
        return y + 262 + 9 * 34

    return Page("本地资讯", body, action="分享")


def login(shot: Shot) -> Page:
    def body(c: Canvas, shot: Shot) -> float:
        app = shot.brand.names.name
        c.box(c.width / 2 - 34, 40, 68, 68, shot.brand.primary, 16)
        c.icon("star", c.width / 2, 74, 40, WHITE)
        c.text(c.width / 2, 134, f"欢迎登录{app}", 20, shot.theme.ink, bold=True, anchor="m")
        for n, hint in enumerate(("请输入手机号", "请输入验证码")):
            c.text(34, 200 + n * 64, hint, 16, shot.theme.faint)
            c.rule(34, 224 + n * 64, c.width - 68, shot.theme.rule)
        c.text(c.width - 34, 264, "获取验证码", 14, shot.brand.primary, anchor="r")
        y = w.button(c, shot, 326, "登录", 22)
        return w.small_print(c, shot, y, ["其他方式登录", f"登录即同意《{app}用户协议》"])

    return Page("登录", body, action="注册")
