package reading

// An Omission says why a piece of a document is better left out; empty for what
// is said. Nothing is left out unless a person says so: see [Kept].
type Omission string

// Why something may be left out.
const (
	Letterhead Omission = "letterhead" // whose paper it is, its number, place and day
	Recipients Omission = "recipients" // Nơi nhận and who follows
	Signature  Omission = "signature"  // TM. UBND, CHỦ TỊCH, (Đã ký), the name
	Stamp      Omission = "stamp"      // what a seal or a digital signature left
	PageNumber Omission = "page"
	Table      Omission = "table" // rows whose columns nobody hears
)
