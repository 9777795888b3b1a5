// gnark. Arguments: folder.
//
// It reads the constraints (.r1cs) and the witness (.wtns) of two circuits, makes a key of its own
// for each, and then serves peers.py: a line of standard input names one piece of work, and a line
// of JSON answers. Constraints, key and witness stay in memory. gnark checks every constraint
// before it proves, and no option leaves this out.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fp"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/backend/groth16"
	groth16_bn254 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/backend/witness"
	"github.com/consensys/gnark/constraint"
	cs "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/logger"
)

// section returns one section of a file of iden3's: each is a u32 kind, a u64 size and its bytes.
func section(path string, kind uint32) *bytes.Buffer {
	data, err := os.ReadFile(path)
	require(err)
	for rest := data[12:]; len(rest) > 0; {
		size := binary.LittleEndian.Uint64(rest[4:])
		if binary.LittleEndian.Uint32(rest) == kind {
			return bytes.NewBuffer(rest[12 : 12+size])
		}
		rest = rest[12+size:]
	}
	panic(fmt.Sprintf("%s lacks section %d", path, kind))
}

func u32(from *bytes.Buffer) int { return int(binary.LittleEndian.Uint32(from.Next(4))) }

func element(from *bytes.Buffer) fr.Element {
	value, err := fr.LittleEndian.Element((*[fr.Bytes]byte)(from.Next(fr.Bytes)))
	require(err)
	return value
}

// prover keeps what one circuit's proofs need.
type prover struct {
	system       *cs.R1CS
	full, public witness.Witness
	key          groth16.ProvingKey
	verifying    groth16.VerifyingKey
	proof        groth16.Proof
}

// load reads a circuit. Wire 0 is one, and the public wires follow it.
func load(folder, name string) *prover {
	path := filepath.Join(folder, name)
	header := section(path+".r1cs", 1)
	header.Next(36)
	wires, public := u32(header), u32(header)+u32(header)
	header.Next(12)
	constraints := u32(header)

	p := &prover{system: cs.NewR1CS(constraints)}
	p.system.AddPublicVariable("1")
	for i := 1; i < wires; i++ {
		if wire := fmt.Sprint(i); i <= public {
			p.system.AddPublicVariable(wire)
		} else {
			p.system.AddSecretVariable(wire)
		}
	}
	generic := p.system.AddBlueprint(&constraint.BlueprintGenericR1C{})
	body := section(path+".r1cs", 2)
	terms := func() constraint.LinearExpression {
		out := make(constraint.LinearExpression, u32(body))
		for i := range out {
			wire := u32(body)
			factor := element(body)
			out[i] = p.system.MakeTerm(p.system.FromInterface(factor), wire)
		}
		return out
	}
	for range constraints {
		left, right, out := terms(), terms(), terms()
		p.system.AddR1C(constraint.R1C{L: left, R: right, O: out}, generic)
	}

	values, rest := make(chan any), section(path+".wtns", 2)
	element(rest)
	go func() {
		defer close(values)
		for range wires - 1 {
			values <- element(rest)
		}
	}()
	var err error
	p.full, err = witness.New(ecc.BN254.ScalarField())
	require(err)
	require(p.full.Fill(public, wires-1-public, values))
	p.public, err = p.full.Public()
	require(err)
	p.key, p.verifying, err = groth16.Setup(p.system)
	require(err)
	return p
}

func (p *prover) prove() {
	proof, err := groth16.Prove(p.system, p.key, p.full)
	require(err)
	p.proof = proof
}

func (p *prover) verify() { require(groth16.Verify(p.proof, p.verifying, p.public)) }

// words returns the last proof as the contracts read it.
func (p *prover) words() []string {
	proof := p.proof.(*groth16_bn254.Proof)
	return append(append(g1(proof.Ar), g2(proof.Bs)...), g1(proof.Krs)...)
}

// verifyingKey returns α, β, γ, δ and the points of the public wires.
func (p *prover) verifyingKey() []string {
	key := p.verifying.(*groth16_bn254.VerifyingKey)
	out := g1(key.G1.Alpha)
	for _, point := range []bn254.G2Affine{key.G2.Beta, key.G2.Gamma, key.G2.Delta} {
		out = append(out, g2(point)...)
	}
	for _, point := range key.G1.K {
		out = append(out, g1(point)...)
	}
	return out
}

func g1(point bn254.G1Affine) []string { return decimal(point.X, point.Y) }

func g2(point bn254.G2Affine) []string {
	return decimal(point.X.A1, point.X.A0, point.Y.A1, point.Y.A0)
}

func decimal(numbers ...fp.Element) []string {
	out := make([]string, len(numbers))
	for i, number := range numbers {
		out[i] = number.BigInt(new(big.Int)).String()
	}
	return out
}

func peakMiB() (peak float64) {
	status, err := os.ReadFile("/proc/self/status")
	require(err)
	for _, line := range strings.Split(string(status), "\n") {
		if rest, found := strings.CutPrefix(line, "VmHWM:"); found {
			fmt.Sscan(rest, &peak)
		}
	}
	return peak / 1024
}

func require(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	logger.Disable()
	folder := os.Args[1]
	credit, eligibility := load(folder, "credit"), load(folder, "eligibility")
	credit.prove()
	answer := json.NewEncoder(os.Stdout)
	require(answer.Encode(map[string]any{
		"ready": []string{"prove", "prove_eligibility", "verify"},
		"keys": map[string][]string{
			"credit": credit.verifyingKey(), "eligibility": eligibility.verifyingKey(),
		},
	}))
	work := map[string]func(){
		"prove": credit.prove, "prove_eligibility": eligibility.prove, "verify": credit.verify,
	}
	words := map[string]func() []string{
		"prove": credit.words, "prove_eligibility": eligibility.words,
		"verify": func() []string { return []string{} },
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		name := strings.TrimSpace(lines.Text())
		start := time.Now()
		work[name]()
		taken := time.Since(start)
		require(answer.Encode(map[string]any{
			"ms":       float64(taken.Nanoseconds()) / 1e6,
			"words":    words[name](),
			"peak_mib": peakMiB(),
		}))
	}
}
