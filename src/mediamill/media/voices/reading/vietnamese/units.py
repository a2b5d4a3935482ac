# ruff: noqa: RUF001 - micro signs and primes are what is read
"""The words for units and money."""

from types import MappingProxyType
from typing import Final

from mediamill.media.voices.reading.vietnamese.reader import one_of, table, words

#: Units that are letters, behind a number or a slash.
UNITS: Final = table("""
    km = ki lô mét
    Km = ki lô mét
    KM = ki lô mét
    hm = héc tô mét
    dm = đề xi mét
    cm = xăng ti mét
    mm = mi li mét
    µm = mi crô mét
    μm = mi crô mét
    nm = na nô mét
    m = mét
    km2 = ki lô mét vuông
    km² = ki lô mét vuông
    m2 = mét vuông
    m² = mét vuông
    cm2 = xăng ti mét vuông
    cm² = xăng ti mét vuông
    mm2 = mi li mét vuông
    mm² = mi li mét vuông
    km3 = ki lô mét khối
    km³ = ki lô mét khối
    m3 = mét khối
    m³ = mét khối
    dm3 = đề xi mét khối
    dm³ = đề xi mét khối
    cm3 = xăng ti mét khối
    cm³ = xăng ti mét khối
    ha = héc ta
    t = tấn
    kg = ki lô gam
    Kg = ki lô gam
    KG = ki lô gam
    g = gam
    gr = gam
    mg = mi li gam
    µg = mi crô gam
    μg = mi crô gam
    mcg = mi crô gam
    l = lít
    L = lít
    dl = đề xi lít
    dL = đề xi lít
    cl = xăng ti lít
    ml = mi li lít
    mL = mi li lít
    cc = xê xê
    h = giờ
    ph = phút
    p = phút
    s = giây
    s2 = giây bình phương
    s² = giây bình phương
    mol = mol
    mmol = mi li mol
    ms = mi li giây
    W = oát
    kW = ki lô oát
    KW = ki lô oát
    MW = mê ga oát
    GW = gi ga oát
    Wh = oát giờ
    kWh = ki lô oát giờ
    KWh = ki lô oát giờ
    kwh = ki lô oát giờ
    MWh = mê ga oát giờ
    GWh = gi ga oát giờ
    kWp = ki lô oát pích
    MWp = mê ga oát pích
    kVA = ki lô vôn am pe
    MVA = mê ga vôn am pe
    V = vôn
    kV = ki lô vôn
    KV = ki lô vôn
    mAh = mi li am pe giờ
    mA = mi li am pe
    Hz = héc
    kHz = ki lô héc
    MHz = mê ga héc
    GHz = gi ga héc
    dB = đề xi ben
    cal = ca lo
    kcal = ki lô ca lo
    kJ = ki lô giun
    Pa = pát xcan
    kPa = ki lô pát xcan
    hPa = héc tô pát xcan
    MPa = mê ga pát xcan
    mmHg = mi li mét thủy ngân
    hp = mã lực
    HP = mã lực
    Nm = niu tơn mét
    KB = ki lô bai
    kB = ki lô bai
    MB = mê ga bai
    GB = gi ga bai
    TB = tê ra bai
    PB = pê ta bai
    Kbps = ki lô bít trên giây
    kbps = ki lô bít trên giây
    Mbps = mê ga bít trên giây
    Gbps = gi ga bít trên giây
    MP = mê ga pích xeo
    px = pích xeo
    dpi = đi pi ai
    fps = khung hình trên giây
    rpm = vòng trên phút
    bpm = nhịp trên phút
    mph = dặm trên giờ
    kmh = ki lô mét trên giờ
    ppm = phần triệu
    inch = inh
    ft = bộ
    tr = triệu
    k = nghìn
    K = nghìn
    đ = đồng
    Đ = đồng
""")

#: Units and money that are signs.
SIGN_UNITS: Final = table("""
    % = phần trăm
    ‰ = phần nghìn
    °C = độ xê
    ° C = độ xê
    ºC = độ xê
    ℃ = độ xê
    oC = độ xê
    °F = độ ép
    ℉ = độ ép
    °K = độ ca
    ° = độ
    º = độ
    Ω = ôm
    kΩ = ki lô ôm
    ′ = phút
    ″ = giây
    ₫ = đồng
    US$ = đô la Mỹ
    $ = đô la
    € = ơ rô
    £ = bảng Anh
    ¥ = yên
    ₩ = uôn
    ₽ = rúp
    ₹ = ru pi
    ฿ = bạt
    ¢ = xu
    ★ = sao
    ☆ = sao
""")

#: What is meant by the letters of money; "đồng Việt Nam" for VND is said where no amount stands before it.
MONEY: Final = table("""
    VND = đồng
    VNĐ = đồng
    vnđ = đồng
    vnd = đồng
    USD = đô la Mỹ
    usd = đô la Mỹ
    EUR = ơ rô
    GBP = bảng Anh
    JPY = yên Nhật
    CNY = nhân dân tệ
    RMB = nhân dân tệ
    NDT = nhân dân tệ
    KRW = uôn
    THB = bạt Thái
    SGD = đô la Xinh ga po
    AUD = đô la Úc
    CAD = đô la Ca na đa
    HKD = đô la Hồng Kông
    NZD = đô la Niu Di lân
    TWD = đô la Đài Loan
    CHF = phrăng Thụy Sĩ
    RUB = rúp
    INR = ru pi
    LAK = kíp Lào
""")

ALL_UNITS: Final = MappingProxyType({**UNITS, **SIGN_UNITS, **MONEY})
#: A unit, for the middle of a pattern; "2 đ/c" are two comrades.
UNIT: Final = rf"(?:{one_of(SIGN_UNITS)}|(?:{one_of({**UNITS, **MONEY})})(?!\w|/c\b))"

#: Behind these "/kg" is "một ki lô gam".
PRICES: Final = words("đồng đ la usd vnd vnđ eur triệu tr tỷ tỉ nghìn ngàn k xu euro rô tệ yên won lượng % $ € £ ₫")

#: Behind a slash these are "một ngày", "một người" when something is counted before it.
PER: Final = words("""
    giây phút giờ ngày đêm tuần tháng quý năm vụ lần lượt buổi ca tiết bữa suất vé người hộ đầu khách trẻ em cháu học
    sinh chiếc con cái cây quả trái củ bó gói hộp chai lon bao thùng can bình tấn tạ yến lạng chỉ lượng lít mét sào mẫu
    công thửa lô căn phòng tầng cuốn quyển tờ trang bộ đôi cặp sản đơn hồ trận hiệp mùa vòng lớp khóa khoá môn tín
    chuyến xe liều mũi viên gram cổ ounce hecta
""")
