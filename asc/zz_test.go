package asc
import ("testing";"os";"os/exec")
func TestZZ(t *testing.T){
 if os.Getenv("ZZ")=="" {t.Skip()}
 testing.Benchmark(func(b *testing.B){ f:=millionRows(b); exec.Command("cp",f,"/tmp/sales.tsv.gz").Run()})
}
