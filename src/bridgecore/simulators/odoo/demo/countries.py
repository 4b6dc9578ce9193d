"""The countries of a fresh database, in the order of their codes, which gives them their ids."""

from __future__ import annotations

COUNTRIES = """\
AD Andorra|AE United Arab Emirates|AF Afghanistan|AG Antigua and Barbuda|AI Anguilla|AL Albania
AM Armenia|AO Angola|AQ Antarctica|AR Argentina|AS American Samoa|AT Austria|AU Australia|AW Aruba
AX Åland Islands|AZ Azerbaijan|BA Bosnia and Herzegovina|BB Barbados|BD Bangladesh|BE Belgium
BF Burkina Faso|BG Bulgaria|BH Bahrain|BI Burundi|BJ Benin|BL Saint Barthélémy|BM Bermuda
BN Brunei Darussalam|BO Bolivia|BQ Bonaire, Sint Eustatius and Saba|BR Brazil|BS Bahamas|BT Bhutan
BV Bouvet Island|BW Botswana|BY Belarus|BZ Belize|CA Canada|CC Cocos (Keeling) Islands
CF Central African Republic|CD Democratic Republic of the Congo|CG Congo|CH Switzerland
CI Côte d'Ivoire|CK Cook Islands|CL Chile|CM Cameroon|CN China|CO Colombia|CR Costa Rica|CU Cuba
CV Cape Verde|CW Curaçao|CX Christmas Island|CY Cyprus|CZ Czech Republic|DE Germany|DJ Djibouti
DK Denmark|DM Dominica|DO Dominican Republic|DZ Algeria|EC Ecuador|EE Estonia|EG Egypt
EH Western Sahara|ER Eritrea|ES Spain|ET Ethiopia|FI Finland|FJ Fiji|FK Falkland Islands
FM Micronesia|FO Faroe Islands|FR France|GA Gabon|GD Grenada|GE Georgia|GF French Guiana|GH Ghana
GI Gibraltar|GG Guernsey|GL Greenland|GM Gambia|GN Guinea|GP Guadeloupe|GQ Equatorial Guinea
GR Greece|GS South Georgia and the South Sandwich Islands|GT Guatemala|GU Guam|GW Guinea-Bissau
GY Guyana|HK Hong Kong|HM Heard Island and McDonald Islands|HN Honduras|HR Croatia|HT Haiti
HU Hungary|ID Indonesia|IE Ireland|IL Israel|IM Isle of Man|IN India
IO British Indian Ocean Territory|IQ Iraq|IR Iran|IS Iceland|IT Italy|JE Jersey|JM Jamaica|JO Jordan
JP Japan|KE Kenya|KG Kyrgyzstan|KH Cambodia|KI Kiribati|KM Comoros|KN Saint Kitts and Nevis
KP North Korea|KR South Korea|KW Kuwait|KY Cayman Islands|KZ Kazakhstan|LA Laos|LB Lebanon
LC Saint Lucia|LI Liechtenstein|LK Sri Lanka|LR Liberia|LS Lesotho|LT Lithuania|LU Luxembourg
LV Latvia|LY Libya|MA Morocco|MC Monaco|MD Moldova|ME Montenegro|MF Saint Martin|MG Madagascar
MH Marshall Islands|MK North Macedonia|ML Mali|MM Myanmar|MN Mongolia|MO Macau
MP Northern Mariana Islands|MQ Martinique|MR Mauritania|MS Montserrat|MT Malta|MU Mauritius
MV Maldives|MW Malawi|MX Mexico|MY Malaysia|MZ Mozambique|NA Namibia|NC New Caledonia|NE Niger
NF Norfolk Island|NG Nigeria|NI Nicaragua|NL Netherlands|NO Norway|NP Nepal|NR Nauru|NU Niue
NZ New Zealand|OM Oman|PA Panama|PE Peru|PF French Polynesia|PG Papua New Guinea|PH Philippines
PK Pakistan|PL Poland|PM Saint Pierre and Miquelon|PN Pitcairn Islands|PR Puerto Rico
PS State of Palestine|PT Portugal|PW Palau|PY Paraguay|QA Qatar|RE Réunion|RO Romania|RS Serbia
RU Russian Federation|RW Rwanda|SA Saudi Arabia|SB Solomon Islands|SC Seychelles|SD Sudan|SE Sweden
SG Singapore|SH Saint Helena|SI Slovenia|SJ Svalbard and Jan Mayen|SK Slovakia|SL Sierra Leone
SM San Marino|SN Senegal|SO Somalia|SR Suriname|SS South Sudan|ST São Tomé and Príncipe
SV El Salvador|SX Sint Maarten|SY Syria|SZ Eswatini|TC Turks and Caicos Islands|TD Chad
TF French Southern Territories|TG Togo|TH Thailand|TJ Tajikistan|TK Tokelau|TM Turkmenistan
TN Tunisia|TO Tonga|TL Timor-Leste|TR Türkiye|TT Trinidad and Tobago|TV Tuvalu|TW Taiwan|TZ Tanzania
UA Ukraine|UG Uganda|GB United Kingdom|UM USA Minor Outlying Islands|US United States|UY Uruguay
UZ Uzbekistan|VA Holy See|VC Saint Vincent and the Grenadines|VE Venezuela
VG Virgin Islands (British)
VI Virgin Islands (USA)|VN Vietnam|VU Vanuatu|WF Wallis and Futuna|WS Samoa|YE Yemen|YT Mayotte
ZA South Africa|ZM Zambia|ZW Zimbabwe|XK Kosovo"""

PHONE_CODES = {
    "AE": 971, "AM": 374, "AZ": 994, "BE": 32, "BY": 375, "DE": 49, "EG": 20, "ES": 34, "FR": 33,
    "GB": 44, "GE": 995, "IT": 39, "JO": 962, "KG": 996, "KZ": 7, "MA": 212, "MX": 52, "PL": 48,
    "RU": 7, "SA": 966, "TN": 216, "TR": 90, "US": 1, "UZ": 998,
}  # fmt: skip

CURRENCIES = (
    ("USD", "United States dollar", "$", "before", 1.0, "US"),
    ("EUR", "Euro", "€", "after", 0.92, "DE ES FR IT BE"),
    ("RUB", "Russian ruble", "руб", "after", 92.5, "RU"),
    ("KZT", "Kazakhstani tenge", "₸", "after", 478.0, "KZ"),
    ("AED", "United Arab Emirates dirham", "د.إ", "after", 3.6725, "AE"),
    ("SAR", "Saudi riyal", "ر.س", "after", 3.75, "SA"),
    ("GBP", "Pound sterling", "£", "before", 0.79, "GB"),
    ("MAD", "Moroccan dirham", "DH", "after", 9.9, "MA"),
    ("UZS", "Uzbekistani soʻm", "сум", "after", 12650.0, "UZ"),
    ("MXN", "Mexican peso", "$", "before", 18.4, "MX"),
)


def countries() -> list[tuple[str, str]]:
    """Code and name of every country."""
    entries = COUNTRIES.replace("\n", "|").split("|")
    return [(entry[:2], entry[3:]) for entry in entries]
