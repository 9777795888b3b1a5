// Checks a witness program, a setup, proofs and their verification in the unit in use.
//
// For processors and C libraries without Python (benchmarks/other_systems.py). Prints the unit's
// name and a digest of all results, which must be the same in every build and unit; exits with 1 if
// a result is wrong.
#include "check/vectors.hpp"
#include "field/random.hpp"
#include "groth16/groth16.hpp"
#include "witness/tape.hpp"

namespace {

using namespace zkc;
using namespace zkc::check;

constexpr std::size_t kConstraints = 200;  // enough for window tables and the lanes' transforms
constexpr std::uint32_t kPublic = 3;
constexpr unsigned kGrowing = 30;  // proofs after which the first larger tables are in use

Digest results;

/// Every kind of instruction; then t <- (t + 3) t again and again. All registers are wires.
Tape program() {
    constexpr std::uint32_t kGiven = 1, kSmall = 2;
    std::vector<Instruction> code = {
        {Op::kMul, kGiven, kGiven, 0},  {Op::kInv, kGiven, 0, 0},    {Op::kBits, kGiven, 254, 0},
        {Op::kDivmod, kGiven, 1, 0},    {Op::kLookup, kSmall, 0, 3}, {Op::kIsZero, kGiven, 0, 0},
    };
    std::vector<Term> terms;
    std::uint32_t registers = 3 + 1 + 1 + 254 + 2 + 1 + 1, last = kGiven;
    for (std::size_t i = 0; i < kConstraints; ++i) {
        code.push_back({Op::kLc, static_cast<std::uint32_t>(terms.size()), 2, 0});
        terms.push_back({last, 0});
        terms.push_back({0, 2});
        code.push_back({Op::kMul, registers, last, 0});
        last = registers + 1;
        registers += 2;
    }
    std::vector<std::uint32_t> wires(registers);
    for (std::uint32_t i = 0; i < registers; ++i) wires[i] = i;
    return Tape(2, std::move(code), std::move(terms),
                {Fr::Int{1}, Fr::Int{1000003, 7}, Fr::Int{3}}, std::move(wires));
}

void add_row(SparseMatrix& matrix, const std::vector<Term>& row) {
    if (matrix.row_start.empty()) matrix.row_start.push_back(0);
    for (const Term& term : row) {
        matrix.wires.push_back(term.reg);
        matrix.coefficients.push_back(Fr::from_u64(term.constant));
    }
    matrix.row_start.push_back(static_cast<std::uint32_t>(matrix.wires.size()));
}

/// The program's last steps as constraints (t + 3) t = t'.
ConstraintSystem system_of(std::size_t n_wires) {
    ConstraintSystem out{n_wires, kPublic, {}, {}, {}};
    auto at = static_cast<std::uint32_t>(n_wires - 2 * kConstraints + 1);
    for (std::uint32_t t = 1; at < n_wires; t = at, at += 2) {
        add_row(out.a, {{t, 1}, {0, 3}});
        add_row(out.b, {{t, 1}});
        add_row(out.c, {{at, 1}});
    }
    for (SparseMatrix* matrix : {&out.a, &out.b, &out.c}) matrix->prepare();
    return out;
}

ProvingKey key_of(const ConstraintSystem& system, const SetupResult& made) {
    ProvingKey key{};
    key.n_wires = system.n_wires;
    key.n_public = system.n_public;
    key.log_domain = domain_log_size(system);
    key.alpha1 = made.alpha1;
    key.beta1 = made.beta1;
    key.delta1 = made.delta1;
    key.beta2 = made.beta2;
    key.delta2 = made.delta2;
    key.a = made.a;
    key.b1 = made.b1;
    key.b2 = made.b2;
    key.c_and_h = made.c;
    key.c_and_h.insert(key.c_and_h.end(), made.h.begin(), made.h.end());
    key.a_rows = system.a;
    key.b_rows = system.b;
    for (std::uint32_t wire = 0; wire <= kPublic; ++wire) add_row(key.a_rows, {{wire, 1}});
    while (key.a_rows.rows() < key.domain_size()) add_row(key.a_rows, {});
    while (key.b_rows.rows() < key.domain_size()) add_row(key.b_rows, {});
    for (SparseMatrix* matrix : {&key.a_rows, &key.b_rows}) {
        matrix->scales.clear();
        matrix->prepare();
    }
    return key;
}

void note(const Proof& proof) {
    results.note(proof.a);
    results.note(proof.b);
    results.note(proof.c);
}

void note(const SetupResult& made) {
    for (const auto& point : {made.alpha1, made.beta1, made.delta1}) results.note(point);
    for (const auto& point : {made.beta2, made.gamma2, made.delta2}) results.note(point);
    for (const auto* section : {&made.ic, &made.a, &made.b1, &made.c, &made.h}) {
        results.note(*section);
    }
    results.note(made.b2);
}

/// Without tables, while tables grow, and with tables of two sizes, on one thread and on several; then
/// with blinding from the system.
Proof check_proofs(const ProvingKey& key, const Fr::Int* witness) {
    const Fr::Int r = number(), s = number();
    const Proof first = key.prove(witness, r, s, 1);
    note(first);
    const std::size_t smallest = key.table_bytes();
    for (unsigned k = 0; k < kGrowing; ++k) {
        const Proof again = key.prove(witness, r, s, 1 + k % 3);
        require(again.a == first.a && again.b == first.b && again.c == first.c, "growing tables");
    }
    require(key.table_bytes() > smallest, "growth of tables");
    for (const std::size_t budget : {std::size_t{0}, ProvingKey::kDefaultBudget}) {
        key.prepare(budget, 2);
        for (const unsigned threads : {1, 3}) {
            const Proof again = key.prove(witness, r, s, threads);
            require(again.a == first.a && again.b == first.b && again.c == first.c, "proof");
        }
    }
    Fr::Int random_r, random_s;
    random_nonzero<Fr>(random_r);
    random_nonzero<Fr>(random_s);
    const Proof other = key.prove(witness, random_r, random_s, 2);
    require(!(other.a == first.a), "blinding");
    return other;
}

void check_verification(const VerifyingKey& key, const Proof& proof, const Fr::Int* inputs) {
    for (const unsigned threads : {1U, 2U, 5U}) {
        require(key.verify(proof, inputs, threads), "verification");
    }
    std::vector<Fr::Int> changed(inputs, inputs + kPublic);
    ++changed[1][0];
    const Proof negated{-proof.a, proof.b, proof.c};
    for (const unsigned threads : {1U, 2U}) {
        require(!key.verify(proof, changed.data(), threads), "verification of other inputs");
        require(!key.verify(negated, inputs, threads), "verification of another proof");
    }
    constexpr std::size_t kMany = 17;
    std::vector<Proof> proofs(kMany, proof);
    proofs[5] = negated;
    std::vector<Fr::Int> all;
    for (std::size_t i = 0; i < kMany; ++i) all.insert(all.end(), inputs, inputs + kPublic);
    ++all[kPublic * 11][0];
    for (const unsigned threads : {1, 3}) {
        const auto bad = key.find_invalid(proofs.data(), all.data(), kMany, threads);
        require(bad == std::vector<std::uint32_t>{5, 11}, "verification of many");
    }
}

}  // namespace

int main() {
    const std::string_view unit = take_unit();
    const Tape tape = program();
    std::vector<Fr::Int> witness(tape.n_wires());
    const std::vector<Fr::Int> inputs = {number(), Fr::Int{2}};
    tape.run(inputs.data(), witness.data());
    results.note(witness);
    const ConstraintSystem system = system_of(witness.size());
    require(system.first_unsatisfied(witness.data()) == -1, "witness");

    const std::vector<Fr> toxic = elements(5);
    const Trapdoor trapdoor{toxic[0], toxic[1], toxic[2], toxic[3], toxic[4]};
    const SetupResult made = groth16_setup(system, trapdoor, 2);
    note(made);
    const ProvingKey key = key_of(system, made);
    std::vector<Fr::Int> quotient(key.domain_size());
    key.odd_coset_quotient(witness.data(), quotient.data(), 2);
    results.note(quotient);
    const Proof proof = check_proofs(key, witness.data());
    const VerifyingKey verifying(made.alpha1, made.beta2, made.gamma2, made.delta2, made.ic);
    check_verification(verifying, proof, witness.data() + 1);
    const Lines lines = prepare_lines(made.beta2);
    results.note(final_exponentiation(miller_loop({{made.alpha1, &lines}})));
    results.print(unit);
}
