// The kernel's entry points that take data from strangers, fed by libFuzzer or from files.
//
// The first byte chooses the entry point (0 tape, 1 constraint system, 2 subgroup, 3 verification;
// ZKCREDIT_FUZZ=0..3 forces one, because a pairing takes a thousand times as long as a tape), the
// rest is its argument. What the bindings check before they call (shapes, canonical values, points
// on the curve) is checked here the same way. A call may throw std::invalid_argument; fast and slow
// twins must agree; everything else is a fault.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

#include "curve/subgroup.hpp"
#include "dispatch/dispatch.hpp"
#include "groth16/groth16.hpp"
#include "witness/tape.hpp"

namespace {

using namespace zkc;

void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "fault: %s\n", what);
    std::abort();
}

/// Reads numbers from the input; zeros after its end.
class Reader {
   public:
    Reader(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

    template <class T>
    T take() {
        T value{};
        const std::size_t n = std::min(sizeof value, size_);
        std::memcpy(&value, data_, n);
        data_ += n;
        size_ -= n;
        return value;
    }

    /// Mostly small, so that indices hit and miss; now and then any.
    std::uint32_t index() {
        const auto byte = take<std::uint8_t>();
        return byte < 250 ? byte % 40 : take<std::uint32_t>();
    }

    Fr::Int scalar() {
        const auto byte = take<std::uint8_t>();
        if (byte < 64) return {byte, 0, 0, 0};
        const auto value = take<Fr::Int>();
        return Fr::is_canonical(value) ? value : Fr::Int{byte, 0, 0, 0};
    }

    std::size_t left() const { return size_; }

   private:
    const std::uint8_t* data_;
    std::size_t size_;
};

/// A point that the bindings would let through, or infinity: raw coordinates or a multiple.
template <class G>
Affine<G> point(Reader& in) {
    if (in.take<std::uint8_t>() % 4 == 0) {
        Affine<G> raw;
        if constexpr (std::is_same_v<G, G1>) {
            const auto x = in.take<Fq::Int>(), y = in.take<Fq::Int>();
            if (!Fq::is_canonical(x) || !Fq::is_canonical(y)) return Affine<G>::infinity();
            raw = {Fq::from_canonical(x), Fq::from_canonical(y)};
        } else {
            Fq::Int c[4];
            for (auto& value : c) {
                value = in.take<Fq::Int>();
                if (!Fq::is_canonical(value)) return Affine<G>::infinity();
            }
            raw = {{Fq::from_canonical(c[0]), Fq::from_canonical(c[1])},
                   {Fq::from_canonical(c[2]), Fq::from_canonical(c[3])}};
        }
        return raw.is_on_curve() ? raw : Affine<G>::infinity();
    }
    return multiply(Affine<G>::generator(), in.scalar()).to_affine();
}

void fuzz_tape(Reader& in) {
    const std::size_t n_inputs = in.take<std::uint8_t>() % 8;
    std::vector<Instruction> program(in.take<std::uint8_t>() % 24);
    std::vector<Term> terms(in.take<std::uint8_t>() % 24);
    std::vector<Fr::Int> constants(in.take<std::uint8_t>() % 12);
    std::vector<std::uint32_t> wires(in.take<std::uint8_t>() % 24);
    for (auto& i : program) {
        i = {static_cast<Op>(in.take<std::uint8_t>() % 9), in.index(), in.index(), in.index()};
    }
    for (auto& t : terms) t = {in.index(), in.index()};
    for (auto& c : constants) {
        c = in.take<std::uint8_t>() % 8 ? in.scalar() : in.take<Fr::Int>();
    }
    for (auto& w : wires) w = in.index();
    const Tape tape(n_inputs, program, terms, constants, wires);
    std::vector<Fr::Int> inputs(n_inputs), out(tape.n_wires());
    for (auto& value : inputs) value = in.scalar();
    tape.run(inputs.data(), out.data());
    for (const auto& value : out) require(Fr::is_canonical(value), "a wire is not canonical");
}

SparseMatrix matrix(Reader& in, std::size_t rows, std::size_t n_wires) {
    SparseMatrix out;
    const std::size_t terms = in.take<std::uint8_t>() % 40;
    out.row_start.assign(1, in.take<std::uint8_t>() % 16 == 0 ? in.index() : 0);
    // rows that are in order, but for a few inputs
    const bool honest = in.take<std::uint8_t>() % 8 != 0;
    for (std::size_t i = 0; i < rows; ++i) {
        const std::uint32_t next = honest ? std::min<std::uint32_t>(
                                                static_cast<std::uint32_t>(terms),
                                                out.row_start.back() + in.take<std::uint8_t>() % 4)
                                          : in.index();
        out.row_start.push_back(next);
    }
    if (honest && rows > 0) out.row_start.back() = static_cast<std::uint32_t>(terms);
    for (std::size_t i = 0; i < terms; ++i) {
        const std::uint32_t wire = in.index();
        out.wires.push_back(honest ? wire % static_cast<std::uint32_t>(n_wires) : wire);
        out.coefficients.push_back(Fr::from_canonical(in.scalar()));
    }
    out.check("matrix", n_wires);
    out.prepare();
    return out;
}

void fuzz_system(Reader& in) {
    const std::size_t n_wires = 1 + in.take<std::uint8_t>() % 40;
    const std::size_t rows = in.take<std::uint8_t>() % 40;
    ConstraintSystem system{n_wires, 0, {}, {}, {}};
    system.a = matrix(in, rows, n_wires);
    system.b = matrix(in, rows, n_wires);
    system.c = matrix(in, rows, n_wires);
    std::vector<Fr::Int> witness(n_wires);
    for (auto& value : witness) value = in.scalar();
    witness[0] = Fr::Int{1};
    std::vector<Fr> values;
    for (const auto& value : witness) values.push_back(Fr::from_canonical(value));
    require(system.first_unsatisfied(witness.data()) ==
                system.first_unsatisfied_naive(values.data()),
            "the twins find another broken constraint");
}

void fuzz_subgroup(Reader& in) {
    const Affine<G2> p = point<G2>(in);
    require(in_subgroup(p) == in_subgroup_naive(p), "the twins disagree about the subgroup");
}

void fuzz_verify(Reader& in) {
    static const VerifyingKey key = [] {
        const auto one = Affine<G1>::generator();
        const auto two = Affine<G2>::generator();
        const auto g1 = [&](u64 k) { return multiply(one, Fr::Int{k}).to_affine(); };
        const auto g2 = [&](u64 k) { return multiply(two, Fr::Int{k}).to_affine(); };
        return VerifyingKey(g1(2), g2(3), g2(5), g2(7), {g1(11), g1(13), g1(17)});
    }();
    const std::size_t count = 1 + in.take<std::uint8_t>() % 6;
    std::vector<Proof> proofs(count);
    std::vector<Fr::Int> inputs(2 * count);
    for (auto& proof : proofs) proof = {point<G1>(in), point<G2>(in), point<G1>(in)};
    for (auto& value : inputs) value = in.scalar();
    // one that holds: a b = 6 + 5 (11 + 13 x + 17 y) + 7 c with c free
    if (in.take<std::uint8_t>() % 2 == 0) {
        const Fr x = Fr::from_canonical(inputs[0]), y = Fr::from_canonical(inputs[1]);
        const Fr c = Fr::from_canonical(in.scalar());
        const auto number = [](u64 k) { return Fr::from_u64(k); };
        const Fr ab = number(6) + number(5) * (number(11) + number(13) * x + number(17) * y) +
                      number(7) * c;
        proofs[0] = {multiply(Affine<G1>::generator(), ab.to_canonical()).to_affine(),
                     Affine<G2>::generator(),
                     multiply(Affine<G1>::generator(), c.to_canonical()).to_affine()};
        require(key.verify(proofs[0], inputs.data()), "a proof that holds is refused");
    }
    const auto bad = key.find_invalid(proofs.data(), inputs.data(), count, 1);
    for (std::size_t i = 0, at = 0; i < count; ++i) {
        const bool named = at < bad.size() && bad[at] == i;
        at += named;
        require(key.verify(proofs[i], inputs.data() + 2 * i) != named,
                "alone and in a batch the verdicts differ");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto unit = dispatch::activate();
    static_cast<void>(unit);
    static const int only = [] {
        const char* text = std::getenv("ZKCREDIT_FUZZ");
        return text == nullptr ? -1 : std::atoi(text);
    }();
    if (size == 0) return 0;
    Reader in(data + 1, size - 1);
    try {
        switch (only >= 0 ? only : data[0] % 4) {
            case 0:
                fuzz_tape(in);
                break;
            case 1:
                fuzz_system(in);
                break;
            case 2:
                fuzz_subgroup(in);
                break;
            default:
                fuzz_verify(in);
        }
    } catch (const std::invalid_argument&) {
        return 0;
    }
    return 0;
}

#ifdef ZKC_REPLAY
/// Without libFuzzer: feed the files of the command line, one after the other.
int main(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        std::ifstream file(argv[i], std::ios::binary);
        if (!file) return 2;
        const std::vector<char> data{std::istreambuf_iterator<char>(file), {}};
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(data.data()), data.size());
    }
    std::printf("%d files\n", argc - 1);
    return 0;
}
#endif
