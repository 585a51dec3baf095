"""What one row of every scenario table says.

Frozen, extra fields forbidden. Amounts stand beside their currency; shares run from 0 to 1;
`LC` in a unit means the currency named in the same row, `PC` the planning currency.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from planner.domain.fields import (
    Amount,
    Count,
    Currency,
    Day,
    Days,
    DaysNotNone,
    Key,
    NotNegative,
    Period,
    Positive,
    Rate,
    Selectors,
    Share,
    Source,
    Text,
    of,
)
from planner.domain.vocabulary import (
    ChargedOn,
    CommissionBase,
    Confidence,
    CorridorMode,
    CustomsBasis,
    DutyKind,
    ExitKind,
    FeeModel,
    FixedPer,
    Goal,
    Incoterm,
    LevyBase,
    LimitBasis,
    LockKind,
    MarginBasis,
    Measure,
    Mode,
    Opens,
    Owner,
    ParcelDuty,
    Perspective,
    PriceBasis,
    PriceBound,
    Region,
    RuleEffect,
    RuleMode,
    SiteKind,
    SpecificUnit,
)


class Record(BaseModel):
    """One row: immutable, with no field the dictionary does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    key_fields: ClassVar[tuple[str, ...]] = ()
    """The fields that together may occur only once in the table."""
    order_fields: ClassVar[tuple[str, ...]] = ()
    """Names of other records, which never decide the order in which the optimiser sees rows."""

    def model_post_init(self, context: object, /) -> None:
        """Rows that state the same fields share the set of their names: half the memory of a lot."""
        stated = self.__pydantic_fields_set__
        key = frozenset(stated)
        if key in STATED:
            object.__setattr__(self, "__pydantic_fields_set__", STATED[key])
        elif len(STATED) < MOST_STATED:
            STATED[key] = stated


STATED: dict[frozenset[str], set[str]] = {}
"""Names of the fields that rows state; nothing changes them, since rows are frozen."""
MOST_STATED = 1_000
"""Lists full of holes, each row with others, do not fill the memory."""


class Header(Record):
    """scenario.yaml: the horizon, the currency and whose plan it is."""

    scenario: Key = of(zh="情景名称")
    """Short name of the scenario."""
    title: Text = of("", zh="标题")
    """One line that says what the scenario is about."""
    start_date: Day = of(unit="date", zh="计划开始日期")
    """First day of period 1."""
    periods: Period = of(unit="periods", zh="期数")
    """Number of periods in the horizon."""
    days_per_period: DaysNotNone = of(14, unit="days", zh="每期天数")
    """Length of a period."""
    currency: Currency = of("CNY", zh="计划货币")
    """Planning currency (PC): the value of a plan is stated in it."""
    perspective: Perspective = of(Perspective.BOTH, zh="方案视角")
    """Whose plan it is: the brand's, the platform's or both together."""
    cost_of_money_per_year: Rate = of(0.0, unit="share per year", zh="年资金成本")
    """Simple yearly interest charged from cash date back to the start of the plan."""
    as_of: Day = of(unit="date", zh="数据截止日期")
    """The day the figures of the scenario were true."""
    home_country: Key = of("CN", zh="本国")
    """Country of the goods' origin; legs inside it are domestic."""
    home_vat_rate: Rate = of(0.13, unit="share", zh="本国增值税率")
    """Value added tax contained in tags."""
    insurance_rate: Share = of(0.0, unit="share", zh="货运保险费率")
    """Cargo insurance, charged on 110 % of the CIF value."""
    broken_size_discount: Share = of(0.0, unit="share", zh="断码折价系数")
    """Price lost by a lot with an empty size curve; a full curve loses nothing."""
    bulky_above_cbm: NotNegative = of(0.012, unit="cbm/unit", zh="大件界限体积")
    """Units above this volume pay the bulky last-mile rate."""
    longest_wait_periods: Period | None = of(None, unit="periods", zh="最长待售期数")
    """Goods may wait at the market's entry site no longer than this before sale; blank = no limit."""
    value_per_unit_cleared: Amount = of(0.0, unit="PC/unit", zh="每件清货价值")
    """Worth of clearing one unit over and above its money."""
    co2e_price_per_kg: NotNegative = of(0.0, unit="PC/kg CO2e", zh="碳价")
    """Price charged in the plan's value for each kilogram of CO2e its freight emits."""
    corridor: CorridorMode = of(CorridorMode.OFF, zh="价格走廊模式")
    """Whether price differences that invite parallel trade are forbidden (hard) or charged (leak)."""
    corridor_tolerance: NotNegative = of(0.0, unit="PC/unit", zh="价格走廊容差")
    """Profit per unit a parallel trader may keep before the corridor counts as broken."""
    corridor_leak_units: NotNegative = of(0.0, unit="units/style/market pair", zh="预计窜货件数")
    """In leak mode: units of a style expected to flow between two markets with a profitable difference."""


class CurrencyInfo(Record):
    """A currency and how finely its shelf prices are written."""

    key_fields = ("currency",)

    currency: Currency = of(zh="货币")
    """ISO 4217 code."""
    name: Text = of("", zh="名称")
    """Name of the currency."""
    price_decimals: Count = of(2, unit="digits", zh="价格小数位")
    """Decimals of a shelf price, 0 for dong and rupiah."""
    price_step: NotNegative = of(0.0, unit="LC", zh="价格步长")
    """Shelf prices are whole multiples of this plus the ending; 0 = any price."""
    price_ending: NotNegative = of(0.0, unit="LC", zh="价格尾数")
    """What every shelf price ends in, such as 9 of a step of 10; used with a price step only."""


class ExchangeRate(Record):
    """What one unit of a currency is worth, from a date on."""

    key_fields = ("currency", "valid_from")
    order_fields = ("currency",)

    currency: Currency = of(zh="货币")
    """Currency being valued."""
    valid_from: Day | None = of(None, unit="date", zh="生效日期")
    """First day of the rate; blank = since always. It holds until the next dated rate."""
    rate: Positive = of(unit="PC per unit", zh="汇率")
    """Planning currency for one unit of the currency."""


class Brand(Record):
    """A brand and the protection it asks for."""

    key_fields = ("brand",)
    order_fields = ("excluded_markets", "exclusive_channels", "consented_markets")

    brand: Key = of(zh="品牌")
    """Name of the brand."""
    segment: Text = of("", zh="定位")
    """What the brand sells, in words."""
    floor_domestic: Share = of(0.0, unit="share of tag", zh="国内最低价比例")
    """Lowest shelf price at home as a share of the tag."""
    floor_export: Share = of(0.0, unit="share of tag", zh="出口最低价比例")
    """Lowest shelf price abroad as a share of the tag."""
    floor_relief_per_year: Share = of(0.0, unit="share per year", zh="每年底价放宽")
    """The floor shrinks by this share for each year of age."""
    corridor_ratio: Share = of(0.0, unit="share", zh="价格走廊比例")
    """Lowest allowed price of one market as a share of another's."""
    excluded_markets: Selectors = of((), zh="禁售市场")
    """Markets the brand may not be sold in."""
    exclusive_channels: Selectors = of((), zh="独家渠道")
    """If any are named, the brand is sold through these only."""
    consented_markets: Selectors = of((), zh="授权市场")
    """Markets for which the brand has given its letter of authority."""
    key_account: bool = of(False, zh="重点客户独家")
    """The brand has an exclusive clearance contract with the platform."""
    must_clear_share: Share = of(0.0, unit="share of units", zh="必须清货比例")
    """Share of the brand's units that must be sold by the clear-by period."""
    must_clear_by: Period | None = of(None, unit="period", zh="清货截止期")
    """Last sell period that counts for must-clear; blank = the last of the horizon."""
    must_clear_price: NotNegative = of(0.0, unit="PC/unit", zh="清货缺口单价")
    """Price of each unit short of the must-clear share."""
    public_listing: bool = of(True, zh="可公开展示")
    """The brand allows its prices to be seen publicly."""


class Lot(Record):
    """Units of one sku in one condition at one origin, free from one period."""

    key_fields = ("lot",)
    order_fields = ("sku", "style", "model", "brand", "origin")

    lot: Key = of(zh="货批")
    """Name of the lot."""
    sku: Key = of(zh="单品")
    """Sellable variant."""
    style: Key = of(zh="款")
    """Parent style-colour of the sku."""
    model: Key = of(zh="型号")
    """Technical model for certificates; the style where goods have none."""
    description: Text = of("", zh="品名")
    """What the goods are, in words."""
    brand: Key = of(zh="品牌")
    """Brand of the goods."""
    category: Key = of(zh="品类")
    """Category, as used in demand, duties and rules."""
    hs_code: Text = of("", zh="海关编码")
    """Harmonised System code, 4 to 10 digits."""
    season: Key = of(zh="季节")
    """Season of the goods, as used in demand and season factors."""
    vintage_year: Count = of(unit="year", zh="生产年份")
    """Year the goods were made for; sets their age."""
    origin: Key = of(zh="发货地")
    """Site where the units are."""
    available_period: Period = of(1, unit="period", zh="可用期")
    """First period in which the units may leave."""
    units: Count = of(unit="units", zh="件数")
    """Units in the lot, those of its frozen shipments included."""
    units_per_carton: Count = of(1, unit="units/carton", zh="每箱件数")
    """Units in a full carton."""
    tag: Positive = of(unit="LC/unit", zh="吊牌价")
    """The brand's ticket price including home VAT."""
    tag_currency: Currency = of(zh="吊牌价货币")
    """Currency of the tag."""
    unit_cost: NotNegative = of(unit="LC/unit", zh="单位成本")
    """Book or purchase cost including VAT; sunk, but the base of customs value and refund."""
    unit_cost_currency: Currency = of(zh="成本货币")
    """Currency of the unit cost."""
    kg: Positive = of(unit="kg/unit", zh="单件重量")
    """Gross weight of a unit."""
    cbm: Positive = of(unit="cbm/unit", zh="单件体积")
    """Volume of a unit in its carton."""
    pairs: Count = of(0, unit="pairs/unit", zh="双数")
    """Pairs in a unit: 1 for shoes, 0 for other goods."""
    size_curve: Share = of(1.0, unit="share", zh="尺码齐全度")
    """How complete the size run is."""
    vat_invoice_rate: Rate = of(0.0, unit="share", zh="增值税专票税率")
    """Rate on the supplier's special VAT invoice; 0 = none."""
    labels: Selectors = of((), zh="标签语言")
    """Languages of the sewn or printed labels, such as CN;EN."""
    origin_label: bool = of(True, zh="有原产地标")
    """The country of origin is on the label."""
    fibre_label: bool = of(True, zh="有成分标")
    """The fibre content is on the label."""
    expiry: Day | None = of(None, unit="date", zh="保质期至")
    """Last day of use."""
    dangerous_goods: Text = of("", zh="危险品类别")
    """Blank, or what makes the goods restricted: liquid, aerosol, battery."""
    owner: Owner = of(Owner.BRAND, zh="货权")
    """Who owns the units."""
    multiple_units: Count = of(1, unit="units", zh="发货倍数")
    """A shipment line holds a multiple of this many units: a carton or a size run; 1 = any number."""
    least_line_units: Count = of(0, unit="units", zh="最小发货行件数")
    """A shipment line holds at least this many units or none."""
    compliance_hold: bool = of(False, zh="合规冻结")
    """The lot may not be sold until compliance releases it; exits stay open."""
    form_of: Key | None = of(None, zh="所属货批")
    """Blank, or the lot whose units these are in another form; the planner fills it for de-branding."""
    made_by: Key | None = of(None, zh="改制方式")
    """The de-branding exit that makes this form."""


class AgeFactor(Record):
    """What age does to the price a shopper pays."""

    key_fields = ("age_years",)

    age_years: Count = of(unit="years", zh="库龄")
    """Age of the goods; older goods use the row of the greatest age."""
    price_factor: Rate = of(unit="share", zh="价格系数")
    """Reference price as a share of a new garment's."""


class Site(Record):
    """A place stock can be."""

    key_fields = ("site",)

    site: Key = of(zh="节点")
    """Name of the site."""
    name: Text = of("", zh="名称")
    """Place, in words."""
    kind: SiteKind = of(zh="类型")
    """What the site is."""
    country: Key = of(zh="国家")
    """Country the site is in."""
    throughput_units_per_day: NotNegative | None = of(None, unit="units/day", zh="日处理量")
    """Units that may enter the site a day (at an origin: leave it); blank = no limit."""
    relabel_units_per_day: NotNegative | None = of(None, unit="units/day", zh="日贴标量")
    """Units that can be labelled, marked or re-plugged a day; 0 = not done here, blank = no limit."""
    storage_cbm: NotNegative | None = of(None, unit="cbm", zh="库容")
    """Volume that may be in storage at once; blank = no limit."""
    storage_cost_per_cbm_day: NotNegative = of(0.0, unit="LC/cbm/day", zh="仓储费")
    """Storage."""
    inbound_cost_per_unit: NotNegative = of(0.0, unit="LC/unit", zh="入库费")
    """Handling of a unit that enters."""
    outbound_cost_per_unit: NotNegative = of(0.0, unit="LC/unit", zh="出库打包费")
    """Packing of a unit that leaves by a further leg."""
    pick_cost_per_unit: NotNegative = of(0.0, unit="LC/unit", zh="拣货费")
    """Order picking of a unit sold from here."""
    dispatch_units_per_day: NotNegative | None = of(None, unit="units/day", zh="日发单量")
    """Shoppers' orders that can be packed and sent a day; blank = no limit. Binds burst channels."""
    handling_days: Days = of(0, unit="days", zh="停留天数")
    """Days between a unit's arrival and its being ready to leave or be sold."""
    currency: Currency = of(zh="货币")
    """Currency of the site's costs."""
    latitude: Amount | None = of(None, unit="degrees", zh="纬度")
    """Place on the map."""
    longitude: Amount | None = of(None, unit="degrees", zh="经度")
    """Place on the map."""


class Closure(Record):
    """Days on which a site works less than usual or not at all: a strike, a holiday, a stocktake."""

    key_fields = ("site", "valid_from")
    order_fields = ("site",)

    site: Key = of(zh="节点")
    """Site concerned."""
    valid_from: Day = of(unit="date", zh="开始日期")
    """First day."""
    valid_to: Day = of(unit="date", zh="结束日期")
    """Last day."""
    open_share: Share = of(0.0, unit="share", zh="开放比例")
    """Part of its throughput and relabelling the site still has; 0 = closed."""


class Equipment(Record):
    """A box: container or truck."""

    key_fields = ("equipment",)

    equipment: Key = of(zh="箱型")
    """Name of the box type."""
    usable_cbm: Positive = of(unit="cbm", zh="可用容积")
    """Volume that can be loaded."""
    payload_kg: Positive = of(unit="kg", zh="载重")
    """Weight that can be loaded."""


class Leg(Record):
    """One movement between two sites by one mode."""

    key_fields = ("leg",)
    order_fields = ("from_site", "to_site", "equipment", "shares_capacity_with")

    leg: Key = of(zh="运段")
    """Name of the leg."""
    from_site: Key = of(zh="起点")
    """Where it starts."""
    to_site: Key = of(zh="终点")
    """Where it ends."""
    mode: Mode = of(zh="运输方式")
    """How goods move."""
    transit_days: Days = of(unit="days", zh="运输天数")
    """Days from departure to arrival, as planned."""
    transit_days_least: Days | None = of(None, unit="days", zh="最短天数")
    """Shortest seen."""
    transit_days_most: Days | None = of(None, unit="days", zh="最长天数")
    """Longest seen."""
    first_departure: Day | None = of(None, unit="date", zh="首班日期")
    """A day of departure; blank = departs every day."""
    departure_every_days: DaysNotNone = of(1, unit="days", zh="班期间隔")
    """Days between departures."""
    open_from: Day | None = of(None, unit="date", zh="开通日期")
    """First day of departure allowed; blank = no limit."""
    open_to: Day | None = of(None, unit="date", zh="停运日期")
    """Last day of departure allowed; blank = no limit."""
    cost_per_cbm: NotNegative = of(0.0, unit="LC/cbm", zh="每立方运费")
    """Freight by volume."""
    cost_per_kg: NotNegative = of(0.0, unit="LC/kg", zh="每公斤运费")
    """Freight by chargeable weight."""
    cost_per_unit: NotNegative = of(0.0, unit="LC/unit", zh="每件运费")
    """Freight by the piece."""
    kg_per_cbm: NotNegative = of(0.0, unit="kg/cbm", zh="体积重系数")
    """Volumetric weight: chargeable kg = the greater of weight and volume x this; 0 = weight only."""
    equipment: Key | None = of(None, zh="箱型")
    """Box the leg is priced by, if any."""
    cost_per_box: NotNegative = of(0.0, unit="LC/box", zh="每箱运费")
    """Freight of a whole box, spread over its usable volume at the fill share."""
    minimum_charge: NotNegative = of(0.0, unit="LC/departure", zh="最低运费")
    """Least freight of a departure that carries anything."""
    fill_share: Share = of(1.0, unit="share", zh="装载率")
    """Share of the usable volume a planned box is filled to."""
    currency: Currency = of(zh="货币")
    """Currency of the freight."""
    origin_cost_per_cbm: NotNegative = of(0.0, unit="LC/cbm", zh="起运港每立方费用")
    """Charges at the start of the leg by volume, such as a container freight station."""
    origin_cost_per_box: NotNegative = of(0.0, unit="LC/box", zh="起运港每箱费用")
    """Charges at the start of the leg by box, such as terminal handling."""
    origin_currency: Currency | None = of(None, zh="起运港费用货币")
    """Currency of the charges at the start; blank = that of the freight."""
    cbm_per_day: NotNegative | None = of(None, unit="cbm/day", zh="日运力体积")
    """Volume the leg can take a day; blank = no limit."""
    kg_per_day: NotNegative | None = of(None, unit="kg/day", zh="日运力重量")
    """Weight the leg can take a day; blank = no limit."""
    boxes_per_period: NotNegative | None = of(None, unit="boxes/period", zh="每期箱数")
    """Boxes the leg can take a period; blank = no limit."""
    shares_capacity_with: Key | None = of(None, zh="共用运力的运段")
    """A leg whose capacity this one draws on, such as LCL on the same ship as FCL."""
    co2e_kg_per_tonne: NotNegative = of(0.0, unit="kg CO2e/t", zh="碳排放")
    """Emission of moving a tonne over the leg."""


class Market(Record):
    """Where tax, currency and shoppers are one: a country or a city tier."""

    key_fields = ("market",)
    order_fields = ("entry_sites",)

    market: Key = of(zh="市场")
    """Name of the market."""
    name: Text = of("", zh="名称")
    """The market, in words."""
    country: Key = of(zh="国家")
    """Country the market is in."""
    region: Region = of(zh="区域")
    """Which floor of the brand applies."""
    cluster: Text = of("", zh="市场群")
    """Group of markets reported together."""
    climate: Key = of(zh="气候")
    """Climate, as used in season factors."""
    currency: Currency = of(zh="货币")
    """Currency shoppers pay in."""
    entry_sites: Selectors = of(zh="入境节点")
    """Sites from which the market is served."""
    vat_rate: Rate = of(0.0, unit="share", zh="销售增值税率")
    """VAT contained in the shelf price."""
    import_vat_rate: Rate = of(0.0, unit="share", zh="进口增值税率")
    """VAT or sales tax charged at the border."""
    import_vat_uplift: Rate = of(0.0, unit="share of customs value", zh="进口税基上浮")
    """Part of the customs value added to the VAT base (South Africa 0.10)."""
    import_vat_inside: bool = of(False, zh="税在价内")
    """The import tax is computed inside its own base (Brazil's ICMS)."""
    import_vat_recoverable: bool = of(True, zh="进口税可抵扣")
    """Import VAT comes back; only its financing is a cost."""
    import_vat_recovery_days: Days = of(60, unit="days", zh="退抵天数")
    """Days until recoverable import VAT is back."""
    customs_basis: CustomsBasis = of(CustomsBasis.CIF, zh="海关估价基础")
    """Whether customs value includes freight and insurance."""


class Channel(Record):
    """One way of selling in a market, under one fee model."""

    key_fields = ("channel",)
    order_fields = ("market", "ladder")

    channel: Key = of(zh="渠道")
    """Name of the channel."""
    name: Text = of("", zh="名称")
    """The channel, in words."""
    market: Key = of(zh="市场")
    """Market it sells in."""
    fee_model: FeeModel = of(zh="收费模式")
    """How the money is shared."""
    ladder: Key = of(zh="价格阶梯")
    """Price ladder used."""
    private: bool = of(False, zh="私域")
    """Prices are visible to a closed group only."""
    open_from: Day | None = of(None, unit="date", zh="开业日期")
    """First day of sale; blank = no limit."""
    open_to: Day | None = of(None, unit="date", zh="停业日期")
    """Last day of sale; blank = no limit."""
    units_per_day: NotNegative | None = of(None, unit="units/day", zh="日销上限")
    """Units the channel can sell and deliver a day; blank = no limit."""
    style_share: Share = of(1.0, unit="share of pool", zh="单款占比上限")
    """Largest part of a pool's demand that one style may take."""
    credibility_ratio: Share = of(0.0, unit="share of reference price", zh="可信价比例")
    """Below this share of the reference price demand no longer grows."""
    floor_factor: Share = of(1.0, unit="share of floor", zh="底价折算")
    """Part of the brand's floor that the channel's price must reach (wholesale sells below shelf)."""
    styles_most_per_period: Count | None = of(None, unit="styles/event", zh="每场款数上限")
    """Styles in one event, the channel's sales of a period; blank = no limit."""
    price_distance_least: Share = of(0.0, unit="share", zh="同类最小价差")
    """Two styles of one category in one event stand at least this far apart in price; 0 = no rule."""
    presale_periods: Count = of(0, unit="periods", zh="预售提前期数")
    """Goods are sold up to this many periods before they ship (sell first, ship after); 0 = from stock."""
    burst_days: DaysNotNone | None = of(None, unit="days", zh="爆发天数")
    """The orders of a period come within this many days; blank = spread over the period."""
    days_late_most: Days = of(0, unit="days", zh="最多延迟天数")
    """Days an order of a burst may wait for dispatch."""
    units_per_order: Positive = of(1.0, unit="units/order", zh="每单件数")
    """Units in an average order."""
    reseller_margin_least: Share = of(0.0, unit="share of shelf price", zh="分销毛利下限")
    """Least margin a reseller must be left, as a share of the shelf price."""
    reseller_margin_most: Share = of(1.0, unit="share of shelf price", zh="分销毛利上限")
    """Greatest margin a reseller may take, as a share of the shelf price."""
    reseller_least_per_order: NotNegative = of(0.0, unit="LC/order", zh="每单最低利润")
    """Least money a reseller must earn on an average order."""
    commission_rate: Share = of(0.0, unit="share", zh="平台佣金率")
    """The platform's commission."""
    commission_base: CommissionBase = of(CommissionBase.NET_PRICE, zh="佣金基数")
    """Base of the commission in the rebate model."""
    reseller_margin: Rate = of(0.0, unit="share", zh="分销毛利率")
    """The reseller's margin, mark-up or rebate."""
    margin_basis: MarginBasis = of(MarginBasis.RETAIL, zh="毛利基数")
    """Whether the margin is a share of the shelf price or a mark-up on supply."""
    reseller_vat_rate: Rate = of(0.0, unit="share", zh="分销商税率")
    """VAT a purchase-sale reseller owes on the shelf price."""
    inviter_bonus_rate: Share = of(0.0, unit="share of shelf price", zh="邀请奖励")
    """Bonus to the reseller's inviter, paid by the platform."""
    marketplace_fee_rate: Share = of(0.0, unit="share of shelf price", zh="平台费率")
    """Fee of a third-party marketplace, on the price with tax."""
    payment_fee_rate: Share = of(0.0, unit="share of shelf price", zh="支付费率")
    """Payment fee, on the price with tax."""
    opex_rate: Share = of(0.0, unit="share of net price", zh="运营费率")
    """Local selling expense."""
    our_share: Share = of(1.0, unit="share", zh="我方盈利分成")
    """Our share of a joint venture's profit."""
    our_loss_share: Share = of(1.0, unit="share", zh="我方亏损分担")
    """Our share of a joint venture's loss."""
    platform_fee_rate: Share = of(0.0, unit="share of net price", zh="合资平台费")
    """Platform's fee in a joint venture."""
    buy_out_share: Share = of(0.0, unit="share of tag", zh="买断价比例")
    """Price the platform pays in a buy-out, with tax."""
    sell_through: Share = of(1.0, unit="share", zh="买断售出率")
    """Part of bought-out units the platform expects to sell; the rest is salvaged."""
    wholesale_ratio: Share = of(0.0, unit="share of tag", zh="批发价比例")
    """Wholesale price of a current, full-size-run unit at the reference rung."""
    incoterm: Incoterm = of(Incoterm.FOB, zh="贸易术语")
    """Who pays freight, insurance, duty and tax in a wholesale deal."""
    payment_days: Days = of(0, unit="days", zh="回款天数")
    """Days from sale to cash."""
    credit_loss_rate: Share = of(0.0, unit="share of receipts", zh="坏账率")
    """Receipts expected never to arrive."""
    credit_insurance_rate: Share = of(0.0, unit="share of receipts", zh="信用保险费率")
    """Premium for insuring receipts."""
    resaleable_share: Share = of(1.0, unit="share of returns", zh="退货可售率")
    """Returned units that can be sold again."""
    return_value: NotNegative = of(0.0, unit="LC/unit", zh="退货价值")
    """What a resaleable returned unit is worth, as an amount."""
    return_value_share: Share = of(0.0, unit="share of net price", zh="退货价值比例")
    """What a resaleable returned unit is worth, as a share of the net price (added)."""
    salvage_value: NotNegative = of(0.0, unit="LC/unit", zh="残值")
    """What an unsellable unit is worth."""
    reverse_cost: NotNegative = of(0.0, unit="LC/unit", zh="逆向物流费")
    """Carrying a returned unit back."""
    refurbish_cost: NotNegative = of(0.0, unit="LC/unit", zh="整理费")
    """Making a returned unit good."""
    local_cost_per_unit: NotNegative = of(0.0, unit="LC/unit", zh="本地履约费")
    """Fulfilment in the market."""
    clearance_cost_per_unit: NotNegative = of(0.0, unit="LC/unit", zh="清关费")
    """Customs clearance in the market."""
    currency: Currency = of(zh="费用货币")
    """Currency of the channel's costs and return values."""
    declared_value_share: Share = of(0.5, unit="share of net price", zh="申报价比例")
    """Customs value declared, as a share of the net price."""
    declared_value_least: Rate = of(0.55, unit="share of unit cost", zh="最低申报比例")
    """Customs value declared is never below this share of the unit cost."""


class ChannelTerm(Record):
    """How a channel treats a category: price level, response, returns, last mile."""

    key_fields = ("channel", "category")
    order_fields = ("channel",)

    channel: Key = of(zh="渠道")
    """Channel."""
    category: Key = of(zh="品类")
    """Category; a category without a row is not sold in the channel."""
    reference_price_ratio: Rate = of(unit="share of tag", zh="参考价比例")
    """What a shopper pays for a current, full-size-run unit, as a share of its tag."""
    wholesale_multiplier: Rate = of(1.0, unit="factor", zh="批发价系数")
    """Category multiple of the channel's wholesale ratio."""
    elasticity: Rate = of(unit="", zh="价格弹性")
    """Demand grows by this power when the price falls."""
    return_rate: Share = of(0.0, unit="share of dispatched", zh="退货率")
    """Dispatched units that come back."""
    last_mile_cost: NotNegative = of(0.0, unit="LC/unit", zh="末端配送费")
    """Delivery to the shopper."""
    last_mile_cost_bulky: NotNegative | None = of(None, unit="LC/unit", zh="大件配送费")
    """Delivery of a bulky unit; blank = as others."""
    currency: Currency = of(zh="货币")
    """Currency of the delivery cost."""


class ReferencePrice(Record):
    """A known reference price of a lot in a channel, instead of a share of its tag."""

    key_fields = ("lot", "channel")
    order_fields = ("lot", "channel")

    lot: Key = of(zh="货批")
    """Lot."""
    channel: Key = of(zh="渠道")
    """Channel."""
    price: Positive = of(unit="market currency/unit", zh="参考价")
    """Reference price, tax included, in the currency of the market."""


class LadderRung(Record):
    """One price of a ladder."""

    key_fields = ("ladder", "rung")

    ladder: Key = of(zh="价格阶梯")
    """Ladder."""
    rung: Key = of(zh="阶梯档")
    """Name of the rung."""
    price_ratio: Positive = of(unit="share of reference price", zh="价格比例")
    """Price as a share of the reference price."""
    reseller_margin: Rate | None = of(None, unit="share", zh="分销毛利率")
    """The reseller's margin at this rung, on the channel's basis; blank = that of the channel."""
    least_units_per_event: Count = of(0, unit="units", zh="成团件数")
    """A style sells at this rung in an event only when at least so many units do (group buy)."""


class Demand(Record):
    """The shoppers of one channel, category and season in a period."""

    key_fields = ("channel", "category", "season")
    order_fields = ("channel",)

    channel: Key = of(zh="渠道")
    """Channel."""
    category: Key = of(zh="品类")
    """Category."""
    season: Key = of(zh="季节")
    """Season of the goods."""
    units_per_period: NotNegative = of(unit="units/period", zh="每期需求")
    """Units taken in a period at the reference price, before the season factor."""


class DemandPoint(Record):
    """A known appetite of a pool at one rung, instead of the elasticity curve."""

    key_fields = ("channel", "category", "season", "period", "rung")
    order_fields = ("channel",)

    channel: Key = of(zh="渠道")
    """Channel."""
    category: Key = of(zh="品类")
    """Category."""
    season: Key = of(zh="季节")
    """Season of the goods."""
    period: Period = of(unit="period", zh="期")
    """Sell period."""
    rung: Key = of(zh="阶梯档")
    """Rung of the channel's ladder."""
    units: NotNegative = of(unit="units", zh="需求件数")
    """Units the pool takes at that rung in that period."""


class SeasonFactor(Record):
    """How the time of year changes demand for goods of a season in a climate."""

    key_fields = ("climate", "season", "period")

    climate: Key = of(zh="气候")
    """Climate."""
    season: Key = of(zh="季节")
    """Season of the goods."""
    period: Period = of(unit="period", zh="期")
    """Sell period."""
    factor: NotNegative = of(unit="factor", zh="季节系数")
    """Multiplies demand."""


class Duty(Record):
    """Import duty of a market on a category, between two dates."""

    key_fields = ("market", "category", "hs_prefixes", "valid_from")
    order_fields = ("market",)

    market: Key = of(zh="市场")
    """Market."""
    category: Key = of(zh="品类")
    """Category."""
    hs_prefixes: Selectors = of((), zh="海关编码前缀")
    """Only goods whose HS code starts so; empty = all of the category."""
    kind: DutyKind = of(DutyKind.AD_VALOREM, zh="计税方式")
    """How the two parts combine."""
    rate: Rate = of(0.0, unit="share of customs value", zh="从价税率")
    """Ad valorem part."""
    specific_amount: NotNegative = of(0.0, unit="LC per specific unit", zh="从量税额")
    """Specific part."""
    specific_unit: SpecificUnit = of(SpecificUnit.UNIT, zh="从量单位")
    """What the specific part is charged on."""
    specific_currency: Currency | None = of(None, zh="从量税货币")
    """Currency of the specific part."""
    preferential_rate: Rate | None = of(None, unit="share of customs value", zh="协定税率")
    """Ad valorem rate with a certificate of origin; blank = none."""
    antidumping_amount: NotNegative = of(0.0, unit="LC/pair or unit", zh="反倾销税额")
    """Anti-dumping duty, per pair where the lot counts pairs, else per unit."""
    antidumping_currency: Currency | None = of(None, zh="反倾销税货币")
    """Currency of the anti-dumping duty."""
    excise_rate: Rate = of(0.0, unit="share", zh="消费税率")
    """Excise on customs value plus duty."""
    valid_from: Day | None = of(None, unit="date", zh="生效日期")
    """First arrival date; blank = since always."""
    valid_to: Day | None = of(None, unit="date", zh="失效日期")
    """Last arrival date; blank = for ever."""


class Levy(Record):
    """A further charge at the border."""

    key_fields = ("market", "levy", "valid_from")
    order_fields = ("market",)

    market: Key = of(zh="市场")
    """Market."""
    levy: Key = of(zh="附加费")
    """Name of the levy."""
    rate: Rate = of(unit="share", zh="费率")
    """Rate."""
    base: LevyBase = of(LevyBase.CIF, zh="计费基础")
    """What the rate is applied to."""
    valid_from: Day | None = of(None, unit="date", zh="生效日期")
    """First arrival date; blank = since always."""
    valid_to: Day | None = of(None, unit="date", zh="失效日期")
    """Last arrival date; blank = for ever."""


class ParcelRegime(Record):
    """Tax on a parcel sent to a shopper, for one bracket of value, between two dates."""

    key_fields = ("market", "category", "value_above", "valid_from")
    order_fields = ("market",)

    market: Key = of(zh="市场")
    """Market."""
    category: Text = of("", zh="品类")
    """Category; blank = every category without a row of its own."""
    currency: Currency = of(zh="货币")
    """Currency of the bracket, thresholds and amounts."""
    value_above: NotNegative = of(0.0, unit="LC", zh="价值下限")
    """The bracket holds values above this (0 = from the first unit of money)."""
    duty_on: ParcelDuty = of(ParcelDuty.NONE, zh="计税对象")
    """Whether the rate applies to the whole value or to the excess over the bracket's lower end."""
    duty_rate: Rate = of(0.0, unit="share", zh="关税率")
    """Duty rate."""
    duty_deduction: NotNegative = of(0.0, unit="LC", zh="关税减除额")
    """Amount taken off the duty (Brazil USD 20)."""
    duty_least_per_kg: NotNegative = of(0.0, unit="LC/kg", zh="最低每公斤关税")
    """Duty is at least this per kilogram."""
    duty_per_heading: NotNegative = of(0.0, unit="LC", zh="每税号关税")
    """Amount for each tariff heading in the parcel; a planned parcel holds one."""
    vat_rate: Rate = of(0.0, unit="share", zh="增值税率")
    """VAT on value plus duty."""
    vat_inside: bool = of(False, zh="税在价内")
    """The VAT is computed inside its own base."""
    valid_from: Day | None = of(None, unit="date", zh="生效日期")
    """First sale date; blank = since always."""
    valid_to: Day | None = of(None, unit="date", zh="失效日期")
    """Last sale date; blank = for ever."""


class ComplianceRule(Record):
    """A law or contract term that forbids, limits, delays or charges."""

    key_fields = ("rule",)
    order_fields = ("markets", "channels")

    rule: Key = of(zh="规则")
    """Name of the rule."""
    description: Text = of("", zh="说明")
    """The rule, in words."""
    markets: Selectors = of((), zh="市场")
    """Markets it touches; empty = all; CN-* by prefix."""
    channels: Selectors = of((), zh="渠道")
    """Channels it touches; empty = all."""
    categories: Selectors = of((), zh="品类")
    """Categories it touches; empty = all."""
    effect: RuleEffect = of(zh="效果")
    """What it does."""
    modes: Selectors = of((), zh="运输方式")
    """Modes forbidden by forbid_mode."""
    dangerous_goods_only: bool = of(False, zh="仅限危险品")
    """Touches only lots that are dangerous goods."""
    unless_labelled: Text = of("", zh="已有标签免除")
    """A lot labelled in this language, with origin and fibre shown, is exempt."""
    quota_units: Count | None = of(None, unit="units", zh="配额件数")
    """Units allowed in the horizon by a quota."""
    least_days: Days = of(0, unit="days", zh="最短剩余天数")
    """Remaining life on arrival asked for by shelf_life."""
    refund_rate_cap: Rate = of(0.0, unit="share", zh="退税率上限")
    """Greatest refund rate of export_refund."""
    lead_days: Days = of(0, unit="days", zh="准备天数")
    """Days of preparation before goods may ship; for a refund, days until its cash."""
    fixed_cost: NotNegative = of(0.0, unit="LC", zh="固定费用")
    """Paid once for each style, sku, model or shipment that needs it."""
    fixed_currency: Currency | None = of(None, zh="固定费用货币")
    """Currency of the fixed cost."""
    fixed_per: FixedPer = of(FixedPer.NONE, zh="固定费用单位")
    """What the fixed cost is paid for."""
    shared_across_markets: bool = of(False, zh="各市场通用")
    """One document serves all markets named (a customs union)."""
    cost_per_unit: NotNegative = of(0.0, unit="LC/unit", zh="每件费用")
    """Paid for each unit."""
    unit_currency: Currency | None = of(None, zh="每件费用货币")
    """Currency of the cost per unit."""
    uses_relabel_capacity: bool = of(False, zh="占用贴标能力")
    """The work is done at a hub on the route and uses its relabelling capacity."""
    valid_from: Day | None = of(None, unit="date", zh="生效日期")
    """First day the rule holds; blank = since always."""
    valid_to: Day | None = of(None, unit="date", zh="失效日期")
    """Last day the rule holds; blank = for ever."""


class Exit(Record):
    """What may happen to a unit that is not shipped."""

    key_fields = ("exit",)
    order_fields = ("brands",)

    exit: Key = of(zh="处置")
    """Name of the exit."""
    kind: ExitKind = of(zh="类型")
    """What is done with the unit."""
    brands: Selectors = of((), zh="品牌")
    """Brands it is open to; empty = all."""
    categories: Selectors = of((), zh="品类")
    """Categories it is open to; empty = all."""
    value_share_of_tag: Share = of(0.0, unit="share of tag ex VAT", zh="占吊牌价比例")
    """What a unit brings, as a share of its tag without VAT."""
    value_share_of_cost: Share = of(0.0, unit="share of unit cost", zh="占成本比例")
    """What a unit brings, as a share of its cost (added)."""
    value_per_unit: Amount = of(0.0, unit="LC/unit", zh="每件价值")
    """What a unit brings, as an amount (added); negative = a cost."""
    value_per_kg: Amount = of(0.0, unit="LC/kg", zh="每公斤价值")
    """What a unit brings by weight (added); negative = a cost."""
    currency: Currency = of(zh="货币")
    """Currency of the amounts."""
    units_most: Count | None = of(None, unit="units", zh="件数上限")
    """Units the exit can take in all; blank = no limit."""
    clears: bool = of(False, zh="计入清货")
    """Units taken count towards must-clear."""
    becomes_brand: Key | None = of(None, zh="改制后品牌")
    """De-branding: the brand whose floor and access the units have afterwards."""
    price_factor: Rate = of(1.0, unit="share", zh="改制后价格系数")
    """De-branding: reference price of the new form as a share of that of the old."""
    uses_relabel_capacity: bool = of(False, zh="占用贴标能力")
    """De-branding is done at a hub on the route and uses its relabelling capacity."""
    open_from: Day | None = of(None, unit="date", zh="开放日期")
    """Open to lots available on or after this day; blank = no limit."""
    open_to: Day | None = of(None, unit="date", zh="关闭日期")
    """Open to lots available on or before this day; blank = no limit."""


class Lock(Record):
    """A decision the merchandiser has taken and the optimiser must respect."""

    key_fields = ("lock",)
    order_fields = ("brands", "lots", "markets", "channels")

    lock: Key = of(zh="锁定")
    """Name of the lock."""
    kind: LockKind = of(zh="类型")
    """What is fixed."""
    brands: Selectors = of((), zh="品牌")
    """Brands it touches; empty = all."""
    categories: Selectors = of((), zh="品类")
    """Categories it touches; empty = all."""
    lots: Selectors = of((), zh="货批")
    """Lots it touches; empty = all."""
    markets: Selectors = of((), zh="市场")
    """Markets it touches; empty = all."""
    channels: Selectors = of((), zh="渠道")
    """Channels it touches; empty = all."""
    ship_period: Period | None = of(None, unit="period", zh="发货期")
    """Ship period it touches; blank = all."""
    sell_period: Period | None = of(None, unit="period", zh="销售期")
    """Sell period it touches; blank = all."""
    rungs: Selectors = of((), zh="阶梯档")
    """For a price lock, the rungs still allowed; for others, those it touches; down-* by prefix."""
    routes: Selectors = of((), zh="路径")
    """Routes it touches, as written in plans; empty = all."""
    units: Count | None = of(None, unit="units", zh="件数")
    """Units fixed, least or most."""
    note: Text = of("", zh="备注")
    """Why the lock was set."""


class LegBox(Record):
    """A box type a leg is paid by in whole boxes. A leg with such rows is charged by its boxes."""

    key_fields = ("leg", "equipment")
    order_fields = ("leg", "equipment")

    leg: Key = of(zh="运段")
    """Leg."""
    equipment: Key = of(zh="箱型")
    """Box type."""
    cost_per_box: NotNegative = of(unit="LC/box", zh="每箱运费")
    """Freight of one box, in the leg's currency."""
    origin_cost_per_box: NotNegative = of(0.0, unit="LC/box", zh="起运港每箱费用")
    """Charges at the start of the leg for one box, in the leg's currency of such charges."""
    fill_share: Share = of(1.0, unit="share", zh="可装比例")
    """Share of the usable volume that can really be filled."""
    boxes_most_per_departure: Count | None = of(None, unit="boxes", zh="每班箱数上限")
    """Boxes of this type a departure takes; blank = no limit."""


class RateBreak(Record):
    """One price step of a leg charged by the departure's whole weight or volume.

    All-unit breaks: the rate of the highest step reached is paid for everything, and a load may be
    declared as if it reached the next step where that is cheaper.
    """

    key_fields = ("leg", "from_quantity")
    order_fields = ("leg",)

    leg: Key = of(zh="运段")
    """Leg."""
    charged_on: ChargedOn = of(zh="计费单位")
    """Whether kilograms or cubic metres are charged; the same for all steps of a leg."""
    from_quantity: NotNegative = of(0.0, unit="kg or cbm", zh="起点数量")
    """The step holds from this chargeable quantity on."""
    rate: NotNegative = of(unit="LC per kg or cbm", zh="费率")
    """Freight per chargeable kilogram or cubic metre, in the leg's currency."""


class OpeningTerm(Record):
    """What it costs to open a market, a channel, a brand in a channel or an event."""

    key_fields = ("opening",)
    order_fields = ("markets", "channels", "brands")

    opening: Key = of(zh="开设项")
    """Name of the term."""
    opens: Opens = of(zh="开设对象")
    """What is opened: each market, channel, (brand, channel) or (channel, sell period) selected."""
    markets: Selectors = of((), zh="市场")
    """Markets it touches; empty = all."""
    channels: Selectors = of((), zh="渠道")
    """Channels it touches; empty = all."""
    brands: Selectors = of((), zh="品牌")
    """Brands it touches; empty = all."""
    fixed_cost: NotNegative = of(0.0, unit="LC", zh="固定费用")
    """Paid once for each thing opened."""
    currency: Currency = of(zh="货币")
    """Currency of the fixed cost."""
    least_units: Count = of(0, unit="units", zh="最少件数")
    """Units it must sell if it is opened."""


class StyleSpread(Record):
    """How many channels one style may be sold through."""

    key_fields = ("rule",)
    order_fields = ("brands", "markets", "channels")

    rule: Key = of(zh="规则")
    """Name of the rule."""
    brands: Selectors = of((), zh="品牌")
    """Brands it touches; empty = all."""
    markets: Selectors = of((), zh="市场")
    """Markets whose channels are counted; empty = all."""
    channels: Selectors = of((), zh="渠道")
    """Channels that are counted; empty = all."""
    channels_most: Count = of(unit="channels/style", zh="每款渠道数上限")
    """Channels in which one style may be sold over the horizon."""


class ExclusiveGroup(Record):
    """Channels of which a brand may use only some."""

    key_fields = ("group",)
    order_fields = ("brands", "channels")

    group: Key = of(zh="独家组")
    """Name of the group."""
    brands: Selectors = of((), zh="品牌")
    """Brands it touches, each on its own; empty = all."""
    channels: Selectors = of((), zh="渠道")
    """Channels of the group; empty = all."""
    channels_most: Count = of(1, unit="channels", zh="渠道数上限")
    """Channels of the group a brand may be sold through."""


class QuantityRule(Record):
    """A least or most of something, added up over the options a set of selectors chooses."""

    key_fields = ("rule",)
    order_fields = ("brands", "lots", "styles", "markets", "channels", "countries")

    rule: Key = of(zh="规则")
    """Name of the rule."""
    measure: Measure = of(Measure.UNITS, zh="度量")
    """What is added up."""
    brands: Selectors = of((), zh="品牌")
    """Brands selected; empty = all."""
    categories: Selectors = of((), zh="品类")
    """Categories selected; empty = all."""
    seasons: Selectors = of((), zh="季节")
    """Seasons selected; empty = all."""
    lots: Selectors = of((), zh="货批")
    """Lots selected; empty = all."""
    styles: Selectors = of((), zh="款")
    """Styles selected; empty = all."""
    age_least: Count | None = of(None, unit="years", zh="最小库龄")
    """Only lots at least so old; blank = any."""
    age_most: Count | None = of(None, unit="years", zh="最大库龄")
    """Only lots at most so old; blank = any."""
    markets: Selectors = of((), zh="市场")
    """Markets selected; empty = all."""
    channels: Selectors = of((), zh="渠道")
    """Channels selected; empty = all."""
    countries: Selectors = of((), zh="国家")
    """Countries of the market selected; empty = all."""
    fee_models: Selectors = of((), zh="收费模式")
    """Fee models selected; empty = all."""
    from_period: Period | None = of(None, unit="period", zh="起始期")
    """First sell period counted; blank = the first."""
    to_period: Period | None = of(None, unit="period", zh="截止期")
    """Last sell period counted (cash: last period in which it arrives); blank = the last."""
    each_period: bool = of(False, zh="每期分别")
    """The limits hold in every period by itself instead of over the whole window."""
    basis: LimitBasis = of(LimitBasis.ABSOLUTE, zh="限值基准")
    """Whether least and most are amounts, shares of the selected lots' units or shares of the plan."""
    least: NotNegative | None = of(None, unit="by measure and basis", zh="下限")
    """Least; blank = none."""
    most: NotNegative | None = of(None, unit="by measure and basis", zh="上限")
    """Most; blank = none."""
    currency: Currency | None = of(None, zh="货币")
    """Currency of money limits; blank = planning currency."""


class PriceRule(Record):
    """A floor or a cap on shelf prices, over and above the brand's floor."""

    key_fields = ("rule",)
    order_fields = ("brands", "markets", "channels")

    rule: Key = of(zh="规则")
    """Name of the rule."""
    bound: PriceBound = of(zh="上下限")
    """Floor or cap."""
    basis: PriceBasis = of(zh="基准")
    """Absolute money, share of the tag, or share of the unit cost."""
    value: NotNegative = of(unit="LC or share", zh="数值")
    """The bound at age 0."""
    currency: Currency | None = of(None, zh="货币")
    """Currency of an absolute bound; blank = planning currency."""
    change_per_year: Share = of(0.0, unit="share per year", zh="每年放宽")
    """The bound shrinks by this share for each year of age."""
    brands: Selectors = of((), zh="品牌")
    """Brands it touches; empty = all."""
    categories: Selectors = of((), zh="品类")
    """Categories it touches; empty = all."""
    markets: Selectors = of((), zh="市场")
    """Markets it touches; empty = all."""
    channels: Selectors = of((), zh="渠道")
    """Channels it touches; empty = all."""
    age_least: Count | None = of(None, unit="years", zh="最小库龄")
    """Only lots at least so old; blank = any."""
    age_most: Count | None = of(None, unit="years", zh="最大库龄")
    """Only lots at most so old; blank = any."""


class PricePath(Record):
    """How the price of a style in a channel may move over time."""

    key_fields = ("rule",)
    order_fields = ("brands", "channels")

    rule: Key = of(zh="规则")
    """Name of the rule."""
    brands: Selectors = of((), zh="品牌")
    """Brands it touches; empty = all."""
    categories: Selectors = of((), zh="品类")
    """Categories it touches; empty = all."""
    channels: Selectors = of((), zh="渠道")
    """Channels it touches; empty = all."""
    no_rise: bool = of(False, zh="不得涨价")
    """A style never sells at a dearer rung than one it sold at in an earlier period."""
    one_price: bool = of(False, zh="每期一价")
    """A style sells at one rung in a period."""
    rungs_per_step_most: Count | None = of(None, unit="rungs", zh="每次降价档数上限")
    """Rungs the price may fall from one period to the next; blank = no limit."""
    markdowns_most: Count | None = of(None, unit="mark-downs", zh="降价次数上限")
    """Times the price may fall over the horizon; blank = no limit."""
    distinct_prices_most: Count | None = of(None, unit="prices", zh="价格个数上限")
    """Different rungs a style may sell at over the horizon; blank = no limit."""
    no_touch_from: Period | None = of(None, unit="period", zh="价格冻结起期")
    """First period in which the price may not change from the one before; blank = none."""
    no_touch_to: Period | None = of(None, unit="period", zh="价格冻结止期")
    """Last period in which the price may not change; blank = as no_touch_from."""
    same_price: bool = of(False, zh="组内同价")
    """All channels the rule names sell a style at the same rung in a period."""


class CorridorTerm(Record):
    """What it costs a parallel trader to carry a unit from one market to another."""

    key_fields = ("corridor",)
    order_fields = ("from_markets", "to_markets", "brands")

    corridor: Key = of(zh="走廊")
    """Name of the term; the first in order of name that selects a pair counts."""
    from_markets: Selectors = of((), zh="买入市场")
    """Markets the trader buys in; empty = all."""
    to_markets: Selectors = of((), zh="卖出市场")
    """Markets the trader sells in; empty = all."""
    brands: Selectors = of((), zh="品牌")
    """Brands it touches; empty = all."""
    freight_per_unit: NotNegative = of(0.0, unit="LC/unit", zh="每件运费")
    """Freight by the piece."""
    freight_per_kg: NotNegative = of(0.0, unit="LC/kg", zh="每公斤运费")
    """Freight by weight."""
    risk_margin: NotNegative = of(0.0, unit="LC/unit", zh="风险毛利")
    """Margin a trader wants for the risk."""
    currency: Currency = of(zh="货币")
    """Currency of the amounts."""
    ignored: bool = of(False, zh="不适用")
    """The corridor does not hold between these markets."""


class ResellerLevel(Record):
    """One level of a channel's resellers, V1 to V5."""

    key_fields = ("channel", "level")
    order_fields = ("channel",)

    channel: Key = of(zh="渠道")
    """Channel."""
    level: Key = of(zh="等级")
    """Name of the level."""
    resellers: Count = of(0, unit="resellers", zh="人数")
    """Active resellers of the level."""
    units_per_reseller_day: NotNegative = of(0.0, unit="units/day", zh="人均日销")
    """Units a reseller of the level can sell a day."""
    bonus_rate: Share = of(0.0, unit="share of shelf price", zh="邀请奖励")
    """Bonus to the inviter of a reseller of the level, on the reseller's sales, paid by the platform."""


class RuleSetting(Record):
    """Makes a rule of the model hard, soft at a price, or switches it off."""

    key_fields = ("rule", "subject")

    rule: Key = of(zh="规则")
    """Name of the rule, as in docs/model.md."""
    subject: Text = of("", zh="对象")
    """Only limits whose label starts with this; blank = all of the rule."""
    mode: RuleMode = of(zh="模式")
    """Hard: never broken; soft: broken at a price; off: not asked for."""
    price: NotNegative = of(0.0, unit="PC per unit of the rule", zh="缺口单价")
    """Price of each unit of shortfall of a soft rule."""


class Priority(Record):
    """One goal of a lexicographic order: reached first, then kept within its tolerance."""

    key_fields = ("order",)

    order: Count = of(unit="", zh="次序")
    """1 comes first."""
    goal: Goal = of(zh="目标")
    """What is asked for."""
    tolerance: Share = of(0.0, unit="share", zh="容差")
    """Part of the best reached that later goals may give up."""
    by_period: Period | None = of(None, unit="period", zh="截止期")
    """Cash: last period in which it counts; blank = the last of the horizon."""


class FrozenShipment(Record):
    """Units of a lot already on the way to a market."""

    key_fields = ("shipment",)
    order_fields = ("lot", "entry_site")

    shipment: Key = of(zh="已发货批")
    """Name of the shipment."""
    lot: Key = of(zh="货批")
    """Lot the units belong to."""
    entry_site: Key = of(zh="入境节点")
    """Entry site it arrives at."""
    ship_date: Day = of(unit="date", zh="发货日期")
    """Day it left."""
    arrival_date: Day = of(unit="date", zh="到达日期")
    """Day it is ready for sale; its freight is paid, its duty is not."""
    units: Count = of(unit="units", zh="件数")
    """Units on the way."""


class ActualSale(Record):
    """What was really sold."""

    key_fields = ("lot", "channel", "sale_date")
    order_fields = ("lot", "channel")

    lot: Key = of(zh="货批")
    """Lot."""
    channel: Key = of(zh="渠道")
    """Channel."""
    sale_date: Day = of(unit="date", zh="销售日期")
    """Day of sale."""
    units: Count = of(unit="units", zh="件数")
    """Units sold."""
    price: Positive = of(unit="market currency/unit", zh="成交价")
    """Price paid, tax included."""


class Provenance(Record):
    """Where a number comes from."""

    key_fields = ("table", "key", "field")

    table: Key = of(zh="表")
    """Table of the number."""
    key: Text = of("", zh="行")
    """Key of the row, its parts joined by '|'; blank = every row."""
    field: Text = of("", zh="字段")
    """Field; blank = every field."""
    source: Source = of(zh="来源")
    """Where the number was found."""
    as_of: Day | None = of(None, unit="date", zh="日期")
    """Day it was true; blank = that of the scenario."""
    confidence: Confidence = of(zh="可信度")
    """Sourced, derived from sourced numbers, or an assumption."""
    note: Text = of("", zh="备注")
    """Anything a reader should know."""


def meaning(record: type[Record], field: str) -> str:
    """What a field means in English: the docstring below it on this page."""
    return _meanings()[record.__name__, field]


@cache
def _meanings() -> dict[tuple[str, str], str]:
    """Docstring of every field. Read when first asked for: plans are made without them."""
    found = {}
    for node in ast.parse(Path(__file__).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            for field, text in zip(node.body, node.body[1:], strict=False):
                if (
                    isinstance(field, ast.AnnAssign)
                    and isinstance(field.target, ast.Name)
                    and isinstance(text, ast.Expr)
                    and isinstance(text.value, ast.Constant)
                ):
                    found[node.name, field.target.id] = " ".join(str(text.value.value).split())
    return found
