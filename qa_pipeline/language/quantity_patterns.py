"""How prices, percentages, phone numbers, dates, times, durations and counts are written, once numbers are digits.

The patterns run on the line that ``quantities`` makes: half width, simplified, lower case, spoken numerals as digits,
punctuation and spaces kept, ``BORDER`` between two numbers that follow each other directly. All repeats are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

#: Stands between two numbers that were said without a pause: 一百零九一个月 is 109, then 1个月.
BORDER = "\x1f"

N = r"(?<![0-9.])(?P<number>[0-9]{1,12}(?:\.[0-9]{1,6})?)(?![0-9]|\.[0-9])"
_CLAUSE = "[^，。,.?？！!]"
_APPROXIMATELY = "(?:多|来|几)?"

#: Behind a number: what is counted, so that the number is no amount of money.
_MEASURE = (
    "个|天|年|月|号|日|人|位|名|口|兆|分|秒|小时|钟|点|折|次|项|种|期|件|家|条|套(?!餐)|份|台|部|张|本|页"
    "|节|课|集|度|斤|公|千|克|吨|毫|厘|平|方|层|楼|级|岁|周|倍|成|样|回|趟|遍|组|批|户|间|辆|只|支|瓶|盒"
    "|箱|字|句|通|单|车|亩|垧|瓦|升|米|里|路|栋|座|室|厅|几|大卡|代|届|场|顿|碗|棵|粒|片|袋|桶|块|礼拜"
    "|星期|星|工作日|[十百千万亿]|[a-z%:/-]"
)
_MONEY_ALONE = rf"(?!{_APPROXIMATELY}(?:{_MEASURE}))(?:多|来)?"

#: Words that a price follows, and the small words between them and it.
_PRICE_WORD = (
    "月租|月费|月供|年费|资费|费用|会费|会员费|学费|保费|话费|服务费|手续费|安装费|工本费|定金|订金|押金"
    "|首付|价格|价钱|原价|现价|售价|报价|总价|单价|底价|特价|均价|优惠价|活动价|会员价|团购价|成交价"
    "|一口价|市场价|门市价|标价|市价|挂牌价|折后|券后|到手|只要|只需|只收|仅需|实付|收您|收你|最低"
    "|[1一]共|总共|合计|加起来|优惠到|便宜到|年卡|季卡|月卡|次卡|会员卡|price|costs?|fee|total"
)
_SMALL_WORDS = (
    "(?:是|就|才|也|只|要|共|大概|大约|差不多|左右|现在|目前|原来|有|不到|降到|降|到|给|您|你|我|们|咱"
    f"|算|交|付|扣|花|收|需|得|[:, ，、{BORDER}]|那|呢|啊|的话|的|还|再|用|按|从|涨|起|报|1个月|每个?月"
    "|1年|每年|1天|每天|is|are|was|just|only){0,6}"
)
_PER = (
    r"(?:(?<![第0-9.])1|每|(?<![0-9一两几])单)(?:个?月|年|天|次|个?人|位|份|节课?|平米?|方|台|套|盒|斤"
    "|公斤|亩|吨|个?小时|季度|学期|单|箱|瓶|件|晚|支|克|户|垧|棵|袋|桶|张|条|辆|间|趟|桌|组)"
)
_PER_BEHIND = f"(?={BORDER}?(?:1|每)(?:个?月|年|天|次|位|份|节|人|台|套|小时|平)|[/包]月|/年|/天)"
_PER_EN = (
    "(?= (?:a|per|an|every|each)"
    r" (?:month|year|week|day|hour|night|person|head|seat|user|truck|visit|lesson|session)\b)"
)
_MONEY = (
    "万?元|块|角|美元|美金|欧元|英镑|港币|港元|人民币"
    "|dollars?|bucks?|usd|rmb|yuan|pounds?|quid|euros?|rupees?|cents?|pence"
)
#: 元旦, 三块地, 两块电池: what looks like money and is none.
_NO_MONEY = "旦|宵|素|气|老|件|首|儿|石|地|表|屏|肉|钢|牌|砖|板|电池|木|布|糖|蛋糕|豆腐|区域|内容|业务"
_CURRENCY = r"[¥$£€]|us\$|hk\$|rmb ?"
#: Where a bare amount of money ends: 一万二千八，四百五吧.
_BREAK = "[，。、；？！,?!;]|$|吧|嘛|呢|啊|的(?!时候|那)|您|比|也|不|行|成|封顶"

_DAY_PART = "凌晨|早上|清早|明早|上午|中午|下午|傍晚|晚上|今晚|明晚|夜里|半夜"
_DAY = "(?:3[01]|[12][0-9]|0?[1-9])"
_NO_DAY = "楼|线|店|院|门|机|库|馆|厅|桌|车|员|码|人|方案|客服|坐席|技师|链接|柜|位"
_WEEKDAY_EN = "(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_MONTH_EN = (
    "(?:january|february|march|april|june|july|august|september|october|november|december"
    "|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
)
_ORDINALS = (
    "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth"
    "|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth"
)
#: Behind tens, what makes them a day: twenty-eighth.
ORDINAL_BEHIND = re.compile(rf"[ -](?:{_ORDINALS})(?![a-z])")
_ORDINAL = rf"(?:(?:(?:twenty|thirty)[ -])?(?:{_ORDINALS})|[0-9]{{1,2}}(?:st|nd|rd|th))"
_THE_DAY = rf"the {_ORDINAL}(?: of (?:{_MONTH_EN}|the month|next month)|(?= ?[.,?!;]| (?:at|to|between|and|or)\b|$))"
#: 三点建议, 第一点, 快一点 and 三点五 are no times.
_NO_CLOCK = "[0-9.儿几]|建议|要求|优势|好处|原因|内容|意见|点"

#: People read numbers out in groups, and recognisers put commas between them.
_JOINT = rf"[\s,，、{BORDER}-]{{0,3}}"

_STAFF = "(?:名|位|个|号)?"
_PEOPLE = "人(?!民|均|份|工|生|寿|头)|员工|职工|工人|同事"
_FIRM = "(?:公司|单位|厂里?|店里?|团队|企业|部门|车间|咱们这|我们这|你们这)"

_SOURCES: dict[str, tuple[str, ...]] = {
    "price": (
        rf"{N}(?:多|来)? ?(?P<unit>{_MONEY})(?![a-z]|{_NO_MONEY})(?: and (?P<cents>[0-9]{{1,2}}) (?:cents|pence))?",
        rf"(?P<unit>{_CURRENCY}) ?{N}",
        rf"(?:{_PRICE_WORD}){_SMALL_WORDS}{N}{_MONEY_ALONE}",
        rf"{_PER}{_SMALL_WORDS}{N}{_MONEY_ALONE}",
        rf"{N}多?{_PER_BEHIND}",
        # Four twenty-nine is 429 or 4.29: a price, but nobody knows which.
        rf"(?P<before>(?<![0-9.])[0-9]{{1,2}} )?{N}{_PER_EN}",
        rf"{N}(?=的?(?:那个?|这个?)?(?:档|套餐)|的{_CLAUSE}{{1,8}}套餐)",
    ),
    "amount": (rf"(?<![第号约数顶]){N}(?:多|出头|左右|上下|起)?(?={_BREAK})",),
    "percentage": (
        rf"{N}(?:多|来)? ?(?P<unit>%|个?百分点|per ?cent\b)",
        rf"{N}(?P<unit>个点)(?!儿|位|钟|单|半)",
        rf"(?P<unit>[千万]分之){N}",
    ),
    "discount": (
        rf"(?:打)?(?<!之){N}(?P<unit>折)(?!叠|腾|页|断|扇|痕|线)",
        r"对折|半价|half price\b",
        rf"{N} ?(?P<unit>% off|per ?cent off)\b",
    ),
    "phone": (
        rf"(?<![0-9.])(?P<digits>1{_JOINT}[3-9](?:{_JOINT}[0-9]){{9}}|0[0-9]{{2,3}}{_JOINT}[2-9][0-9]{{6,7}}"
        rf"|400(?:{_JOINT}[0-9]){{7}})(?!{_JOINT}[0-9])",
    ),
    "date": (
        r"(?:(?:19|20)?[0-9]{2}年)?(?<![0-9.个])(?:1[0-2]|0?[1-9])月(?!租|费|供|薪)"
        rf"(?:份|底|初|中旬|上旬|下旬|{_DAY}[日号]?)?",
        "(?<![0-9.])[0-9]{2}年(?!级|前|后|以|多|来)",
        "(?<![0-9])(?:19|20)[0-9]{2}(?:年(?!级)|-[01]?[0-9]-[0-3]?[0-9](?![0-9]))",
        rf"(?<![0-9.第工])(?<![0-9]月){_DAY}号(?!{_NO_DAY})",
        "明天|明早|明晚|明儿|(?<!先)(?:大)?后天|今晚|今天(?:之?内|下午|晚上|中午|傍晚|[0-9]{1,2}点)",
        "(?<![0-9.两几])(?:(?:下|这|本|上)个?)?(?:周|礼拜|星期)(?:[1-6一二三四五六](?![0-9.])|[日天末](?!天))",
        "下周|下个?(?:礼拜|星期|月)|下下周|月底|月初|年底|(?<![0-9几多两])年[前后]"
        "|元旦|春节|清明|端午|中秋|国庆|(?<![0-9])51节",
        rf"\b(?:tomorrow|tonight|next (?:week|month|{_WEEKDAY_EN})|{_WEEKDAY_EN})s?\b",
        rf"\b(?:(?:{_WEEKDAY_EN} )?{_THE_DAY}|{_MONTH_EN} (?:the )?(?:{_ORDINAL}|{_DAY}))(?![a-z0-9])",
    ),
    "time_of_day": (
        rf"(?P<part>{_DAY_PART})?的?(?<![第这那说以下有几0-9.])(?P<hour>2[0-4]|1[0-9]|[0-9])点"
        "(?:(?P<half>半|30)|(?P<quarter>[13])刻|(?P<minute>[0-5][0-9])分?|0(?P<tens>[1-9])分?|钟|整|多)?"
        r"(?: ?(?P<pm>p\.?m\b)| ?a\.?m\b)?"
        rf"(?!{_NO_CLOCK})",
        r"\bhalf past (?P<hour>1[0-2]|[1-9])(?P<half>)(?![0-9])",
        r"(?<![0-9.:])(?P<hour>2[0-3]|1[0-9]|0?[0-9])(?::(?P<minute>[0-5][0-9])(?![0-9:]))?"
        r" ?(?P<part>a\.?m\b|p\.?m\b|o'?clock)",
        r"(?:(?<=\bat )|(?<=day )|(?<=day, ))(?P<hour>1[0-2]|[1-9]) (?P<minute>[1-5][05])"
        r"(?![0-9]|\.[0-9]|%| ?[a-z]*s\b)",
    ),
    "duration": (
        rf"(?<!第)(?<!这)(?<!那)(?<!前)(?<!后){N}(?:多|来)?(?P<halves>个半)?"
        "(?P<unit>个月|年(?!级|代|款|前)|天(?!猫)|个?小时|个?钟头|分钟|秒钟?|个?(?:礼拜|星期)|周(?!年|岁|[1-6日末]))(?P<half>半)?",
        "(?<![点个])(?P<half>半)(?P<unit>个月|年|天|个?小时|个?钟头|分钟|个?(?:礼拜|星期))",
        rf"{N}[ -](?P<unit>months?|years?|days?|hours?|minutes?|mins?|weeks?|seconds?)\b(?! old)",
    ),
    "headcount": (
        rf"(?<!第){N}{_APPROXIMATELY}(?P<unit>{_STAFF}(?:{_PEOPLE})|口(?:人|子)|口(?!价|气))",
        rf"(?:几|好几|[1-9]?[两二三四五六七八][三四五六七八九])[十百千]{_APPROXIMATELY}"
        rf"(?P<unit>(?:个|号|名|位|口)?(?:{_PEOPLE}))",
        "(?:两三|三四|四五|五六|六七|七八|八九)(?P<unit>个人|口人|个员工|个工人)",
        rf"{N}[ -](?P<unit>people|employees?|staff|persons?|technicians?|techs|guys)\b",
    ),
    "company_size": (
        rf"(?<!第){N}{_APPROXIMATELY}(?P<unit>{_STAFF}(?:员工|职工|工人|正式工)|号人|人(?:的(?:公司|厂|店|团队)|规模))",
        rf"{_FIRM}{_CLAUSE}{{0,8}}?(?<!第){N}{_APPROXIMATELY}(?P<unit>{_STAFF}人)",
        rf"{N}[ -](?P<unit>employees|staff|people (?:in|on) (?:the|my|our) (?:company|team|firm|shop))\b",
    ),
    "staff_number": (
        r"(?:工号|员工号|员工编号|坐席号|客服编号)(?:是|为|就是|呢|[:,，\s]){0,3}(?P<digits>[0-9]{2,8})(?![0-9])",
    ),
    "quantity": (
        rf"(?<!第){N}{_APPROXIMATELY}(?P<unit>台|部|套(?!餐)|件|份|张|箱|盒|瓶|公斤|斤|吨|辆|间|平米?|平方米?|兆"
        "|条|节|支|本|包|袋|桶|升|公里|亩|头|只|棵|组|批|户|垧|千瓦|个?gb?(?![a-z])|mb?(?![a-z])"
        "|个(?!月|小时|钟|半|人|员工|工人|点|百分点|礼拜|星期))",
        rf"{N}[ -](?P<unit>units?|pieces?|boxes|bags?|lines?|seats?|users?|licen[cs]es?|meg|gigs?|kilowatts?|panels?"
        r"|trucks?|vans?)\b",
    ),
}


def _patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for name, sources in _SOURCES.items():
        yield from ((name, re.compile(source)) for source in sources)


#: (fact, pattern); several patterns of one fact add up.
PATTERNS = tuple(_patterns())
