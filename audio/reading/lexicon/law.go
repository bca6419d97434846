package lexicon

import "strings"

// Documents are what a law number may name, Issuers who made it. What is in
// neither is looked up among the abbreviations.
var (
	Documents = table(
		`NĐ nghị định|TT thông tư|TTLT thông tư liên tịch|NQ nghị quyết|NQLT nghị quyết liên tịch|QĐ quyết định|CT chỉ thị|CV công văn
		KH kế hoạch|TB thông báo|BC báo cáo|TTr tờ trình|TTR tờ trình|HD hướng dẫn|KL kết luận|QC quy chế|QCPH quy chế phối hợp|QyĐ quy định|QĐi quy định|QĐI quy định|L luật
		PL pháp lệnh|GM giấy mời|BB biên bản|ĐA đề án|CTr chương trình|CTR chương trình|PA phương án|CĐ công điện|VBHN văn bản hợp nhất|GP giấy phép
		HDLT hướng dẫn liên tịch|LT liên tịch|ĐL điều lệ|TTh thông tri|GUQ giấy ủy quyền|GGT giấy giới thiệu|HĐ hợp đồng|CTrPH chương trình phối hợp|SL sắc lệnh|LCT lệnh`,
	)
	Issuers = table(
		`CP chính phủ|TTg thủ tướng|TTG thủ tướng|TTCP thanh tra chính phủ|CTN chủ tịch nước|TW trung ương|TƯ trung ương|TU tỉnh ủy|ThU thành ủy|ĐU đảng ủy
		HU huyện ủy|QU quận ủy|QH quốc hội|UBTVQH ủy ban thường vụ quốc hội|UBND ủy ban nhân dân|HĐND hội đồng nhân dân|MTTQ mặt trận tổ quốc|NHNN ngân hàng nhà nước
		VX văn xã|NC nội chính|KT kinh tế|TH tổng hợp|NN nông nghiệp|ĐC địa chính|VP văn phòng|TP tư pháp|LĐ lao động|CN công nghiệp|XD xây dựng|GT giao thông|TC tài chính|MT mặt trận
		QS quân sự|CA công an|BCĐ ban chỉ đạo|BCH ban chỉ huy|BTV ban thường vụ|BTC bộ tài chính|BCT bộ công thương|BTG ban tuyên giáo|BTGTW ban tuyên giáo trung ương|ĐTN đoàn thanh niên
		BTGDVTW ban tuyên giáo và dân vận trung ương|TTĐT trung tâm điều tra|VPCP văn phòng chính phủ|SNV sở nội vụ|SYT sở y tế|STC sở tài chính|SXD sở xây dựng|STP sở tư pháp|SNNMT sở nông nghiệp và môi trường
		SGDĐT sở giáo dục và đào tạo|SVHTTDL sở văn hóa, thể thao và du lịch|STTTT sở thông tin và truyền thông|SKHCN sở khoa học và công nghệ|SCT sở công thương|TANDTC tòa án nhân dân tối cao|CTUBND chủ tịch ủy ban nhân dân
		TL thủy lợi|CNTY chăn nuôi thú y|QLĐĐ quản lý đất đai|TTBVTV trồng trọt và bảo vệ thực vật|NVY nghiệp vụ y|NVD nghiệp vụ dược|GDTrH giáo dục trung học|GDTH giáo dục tiểu học|GDMN giáo dục mầm non
		KGVX khoa giáo văn xã|KTTH kinh tế tổng hợp|KTN kinh tế ngành|TCKH tài chính kế hoạch|TCKT tài chính kế toán|HCTH hành chính tổng hợp|TCCB tổ chức cán bộ|VHXH văn hóa xã hội`,
	)
)

// table is the entries of a table: what is written, then what is said.
func table(list string) map[string]string {
	m := map[string]string{}
	for _, e := range strings.FieldsFunc(list, func(r rune) bool { return r == '|' || r == '\n' }) {
		if write, say, ok := strings.Cut(strings.TrimSpace(e), " "); ok {
			m[write] = say
		}
	}
	return m
}
