package i18n

// Tongue is a language that is spoken in communes.
type Tongue struct{ Code, VI, EN string }

// Tongues are offered, the first as what a bulletin is in. Codes are ISO
// 639 as BCP 47 has them.
var Tongues = []Tongue{
	{"vi", "Tiếng Việt", "Vietnamese"}, {"tyz", "Tày", "Tày"}, {"nut", "Nùng", "Nùng"}, {"hmn", "Mông", "Hmong"}, {"ium", "Dao", "Dao"},
	{"tai", "Thái", "Thai (Tai)"}, {"mtq", "Mường", "Mường"}, {"km", "Khmer", "Khmer"}, {"cjm", "Chăm", "Cham"}, {"rad", "Ê Đê", "Ê Đê"},
	{"jra", "Gia Rai", "Jarai"}, {"bdq", "Ba Na", "Bahnar"}, {"kpm", "Cơ Ho", "Koho"}, {"cma", "Mạ", "Maa"}, {"mnn", "Mnông", "Mnong"},
	{"stt", "Xtiêng", "Stieng"}, {"bru", "Bru", "Bru"}, {"zh", "Hoa", "Chinese"}, {"en", "Tiếng Anh", "English"},
}

// TongueName is what a language is called on a page; one that is not offered
// is called by its code.
func TongueName(lang Language, code string) string {
	for _, s := range Tongues {
		if s.Code == code {
			return map[Language]string{VI: s.VI, EN: s.EN}[lang]
		}
	}
	return code
}
