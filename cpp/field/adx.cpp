#include "field/adx.hpp"

namespace zkc::adx {

#if defined(__x86_64__)

namespace {

// t += a * b_i on two carry chains; the overflow limb goes to `top`.
#define ZKC_ADX_ROW(I)                 \
    "xorl %%eax, %%eax\n\t"            \
    "movq " #I "*8(%[b]), %%rdx\n\t"   \
    "mulx 0(%[a]), %%rax, %[top]\n\t"  \
    "adox %%rax, %[t0]\n\t"            \
    "adcx %[top], %[t1]\n\t"           \
    "mulx 8(%[a]), %%rax, %[top]\n\t"  \
    "adox %%rax, %[t1]\n\t"            \
    "adcx %[top], %[t2]\n\t"           \
    "mulx 16(%[a]), %%rax, %[top]\n\t" \
    "adox %%rax, %[t2]\n\t"            \
    "adcx %[top], %[t3]\n\t"           \
    "mulx 24(%[a]), %%rax, %[top]\n\t" \
    "adox %%rax, %[t3]\n\t"            \
    "movl $0, %%eax\n\t"               \
    "adcx %%rax, %[top]\n\t"           \
    "adox %%rax, %[top]\n\t"

// t <- (t + m p) / 2^64 with m = -t0 / p mod 2^64.
#define ZKC_ADX_REDUCE                 \
    "movq %[t0], %%rdx\n\t"            \
    "imulq %[inv], %%rdx\n\t"          \
    "xorl %%eax, %%eax\n\t"            \
    "mulx 0(%[p]), %%rax, %[high]\n\t" \
    "adcx %[t0], %%rax\n\t"            \
    "movq %[high], %[t0]\n\t"          \
    "adcx %[t1], %[t0]\n\t"            \
    "mulx 8(%[p]), %%rax, %[t1]\n\t"   \
    "adox %%rax, %[t0]\n\t"            \
    "adcx %[t2], %[t1]\n\t"            \
    "mulx 16(%[p]), %%rax, %[t2]\n\t"  \
    "adox %%rax, %[t1]\n\t"            \
    "adcx %[t3], %[t2]\n\t"            \
    "mulx 24(%[p]), %%rax, %[t3]\n\t"  \
    "adox %%rax, %[t2]\n\t"            \
    "movl $0, %%eax\n\t"               \
    "adcx %%rax, %[t3]\n\t"            \
    "adox %[top], %[t3]\n\t"

template <class P>
ZKC_INLINE void product(Limbs<4>& out, const Limbs<4>& a, const Limbs<4>& b) {
    u64 t0 = 0, t1 = 0, t2 = 0, t3 = 0, top, high;
    __asm__(
        ZKC_ADX_ROW(0) ZKC_ADX_REDUCE
        ZKC_ADX_ROW(1) ZKC_ADX_REDUCE
        ZKC_ADX_ROW(2) ZKC_ADX_REDUCE
        ZKC_ADX_ROW(3) ZKC_ADX_REDUCE
        : [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3), [top] "=&r"(top),
          [high] "=&r"(high)
        : [a] "r"(a.data()), [b] "r"(b.data()), [p] "r"(P::modulus.data()),
          [inv] "m"(P::inverse_64), "m"(a), "m"(b), "m"(P::modulus)
        : "rax", "rdx", "cc");
    out = {t0, t1, t2, t3};
}

#undef ZKC_ADX_ROW
#undef ZKC_ADX_REDUCE

}  // namespace

void multiply_fq(Fq& out, const Fq& a, const Fq& b) { product<Bn254FqParams>(out.v, a.v, b.v); }
void multiply_fr(Fr& out, const Fr& a, const Fr& b) { product<Bn254FrParams>(out.v, a.v, b.v); }

#else

void multiply_fq(Fq& out, const Fq& a, const Fq& b) { Fq::multiply_portable(out, a, b); }
void multiply_fr(Fr& out, const Fr& a, const Fr& b) { Fr::multiply_portable(out, a, b); }

#endif

}  // namespace zkc::adx
