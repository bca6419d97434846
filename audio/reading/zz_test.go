package reading
import ("testing";"fmt";"time";"strings";"os")
func TestZZ(t *testing.T){
 b,_:=os.ReadFile("testdata/bulletins.txt"); s:=strings.ReplaceAll(string(b),"~","\n"); for len([]rune(s))<20000 {s+=s}; s=string([]rune(s)[:20000])
 r:=New(nil)
 for range 3 { a:=time.Now(); p:=r.Document(s); d:=time.Since(a); a=time.Now(); x:=r.Sentences(s,nil); e:=time.Since(a); a=time.Now(); y:=Blocks(s,p); fmt.Println(d,e,time.Since(a),len(p),len(x),len(y)) }
}
