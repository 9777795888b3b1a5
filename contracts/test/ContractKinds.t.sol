// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CreditLedger} from "../src/CreditLedger.sol";
import {OpeningVerifier} from "../src/OpeningVerifier.sol";
import {EligibilityGate} from "../src/gates/EligibilityGate.sol";
import {EscrowGate} from "../src/gates/EscrowGate.sol";
import {LedgerGate} from "../src/gates/LedgerGate.sol";
import {IApplicationGate} from "../src/interfaces/IApplicationGate.sol";
import {IConsents} from "../src/interfaces/IConsents.sol";
import {ICreditBureau} from "../src/interfaces/ICreditBureau.sol";
import {ICreditLedger} from "../src/interfaces/ICreditLedger.sol";
import {IEscrowGate} from "../src/interfaces/IEscrowGate.sol";
import {IGroth16Verifier} from "../src/interfaces/IGroth16Verifier.sol";
import {IIssuerRegistry} from "../src/interfaces/IIssuerRegistry.sol";
import {ILoanEngine} from "../src/interfaces/ILoanEngine.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {IOpeningVerifier} from "../src/interfaces/IOpeningVerifier.sol";
import {IProductBook} from "../src/interfaces/IProductBook.sol";
import {Requirements} from "../src/libraries/Requirements.sol";
import {LoanLens} from "../src/market/LoanLens.sol";
import {LoanMarket} from "../src/market/LoanMarket.sol";
import {ProductBook} from "../src/market/ProductBook.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {ElGamal} from "./support/ElGamal.sol";
import {HashVerifier} from "./support/HashVerifier.sol";
import {LoneMarket} from "./support/LoneMarket.sol";
import {MarketFixture} from "./support/MarketFixture.sol";
import {NO_FX} from "./support/NoFx.sol";

/// @dev Answers every question with words of one value, cut to some length, or fails with them.
contract Answers {
    uint256 private length;
    uint256 private word;
    bool private failing;

    function set(uint256 length_, uint256 word_) external {
        (length, word, failing) = (length_, word_, false);
    }

    function fail() external {
        failing = true;
    }

    /// @dev A market alone, whatever else it answers.
    function bureau() external view returns (address) {
        return address(this);
    }

    fallback() external {
        (uint256 size, uint256 value, bool fails) = (length, word, failing);
        assembly ("memory-safe") {
            let place := mload(0x40)
            for { let i := 0 } lt(i, size) { i := add(i, 32) } { mstore(add(place, i), value) }
            if fails { revert(place, size) }
            return(place, size)
        }
    }
}

/// @dev Has what is asked of a market, and names as its gate what the test says.
contract HalfMarket {
    uint256 public gate;
    uint256 public constant loanCount = 1;

    constructor(uint256 gate_) {
        gate = gate_;
    }
}

/// @dev A contract in the place of one of another kind is refused with a reason, when it is given
///      and before anything is stored.
contract ContractKindsTest is MarketFixture, ElGamal {
    uint256[5] private lengths = [uint256(0), 1, 31, 33, 64];

    HashVerifier private credentials;
    HashVerifier private sealed_;
    CreditLedger private ledger;
    LedgerGate private ledgerGate;
    EscrowGate private escrow;
    LoanMarket private escrowMarket;
    LoanLens private lens;
    OpeningVerifier private judge;
    Answers private answers;
    IEscrowGate.Point private key;
    IEscrowGate.Point[] private commitments;
    IEscrowGate.Point[] private shares;
    address[] private accounts;
    address[] private all;

    function setUp() public {
        deployMarket();
        credentials = new HashVerifier(5);
        sealed_ = new HashVerifier(10);
        ledger = new CreditLedger(new HashVerifier(7), ADMIN, 1 days, 978);
        ledgerGate = new LedgerGate(new HashVerifier(8), ledger, 1);
        key = IEscrowGate.Point(base8().x, base8().y);
        escrow = new EscrowGate(sealed_, registry, 1, 1, NO_FX, key);
        escrowMarket = memberOn(escrow);
        lens = new LoanLens(market);
        makeGroup();
        judge = judgeOf(address(escrowMarket));
        answers = new Answers();
        all = [
            address(sealed_), address(registry), address(ledger), address(gate),
            address(ledgerGate), address(escrow), address(market), address(escrowMarket),
            address(judge), address(token), address(answers), address(engine), address(book),
            address(bureau), address(consents), address(lens)
        ];
    }

    /// @dev The group whose polynomial is 1 + x.
    function makeGroup() private {
        for (uint256 i = 1; i <= 2; ++i) {
            ICreditLedger.Point memory share = times(1 + i, base8());
            commitments.push(key);
            shares.push(IEscrowGate.Point(share.x, share.y));
            accounts.push(address(uint160(i)));
        }
    }

    function judgeOf(address market_) private returns (OpeningVerifier) {
        return new OpeningVerifier(
            ILoanMarket(market_), commitments, shares, accounts, bytes32(0)
        );
    }

    function expectWrong(address account) private {
        vm.expectRevert(abi.encodeWithSelector(Requirements.WrongKind.selector, account));
    }

    function asVerifier(address wrong) private {
        IGroth16Verifier none = IGroth16Verifier(wrong);
        expectWrong(wrong);
        new EligibilityGate(none, registry, 1, 1, NO_FX);
        expectWrong(wrong);
        new EscrowGate(none, registry, 1, 1, NO_FX, key);
        expectWrong(wrong);
        new LedgerGate(none, ledger, 1);
        expectWrong(wrong);
        new CreditLedger(none, ADMIN, 1 days, 978);
    }

    function asRegistry(address wrong) private {
        IIssuerRegistry none = IIssuerRegistry(wrong);
        expectWrong(wrong);
        new EligibilityGate(credentials, none, 1, 1, NO_FX);
        expectWrong(wrong);
        new EscrowGate(sealed_, none, 1, 1, NO_FX, key);
    }

    function asLedger(address wrong) private {
        HashVerifier totals = new HashVerifier(8);
        expectWrong(wrong);
        new LedgerGate(totals, ICreditLedger(wrong), 1);
    }

    function asGate(address wrong) private {
        expectWrong(wrong);
        new LoanMarket(
            IApplicationGate(wrong), engine, book, bureau, consents, ADMIN, OPERATOR
        );
    }

    function asEngine(address wrong) private {
        ILoanEngine none = ILoanEngine(wrong);
        expectWrong(wrong);
        new LoanMarket(gate, none, book, bureau, consents, ADMIN, OPERATOR);
        expectWrong(wrong);
        new ProductBook(none, 1 days);
    }

    function asBook(address wrong) private {
        expectWrong(wrong);
        new LoanMarket(
            gate, engine, IProductBook(wrong), bureau, consents, ADMIN, OPERATOR
        );
    }

    function asBureau(address wrong) private {
        expectWrong(wrong);
        new LoanMarket(
            gate, engine, book, ICreditBureau(wrong), consents, ADMIN, OPERATOR
        );
    }

    function asConsents(address wrong) private {
        expectWrong(wrong);
        new LoanMarket(
            gate, engine, book, bureau, IConsents(wrong), ADMIN, OPERATOR
        );
    }

    function asLensedMarket(address wrong) private {
        expectWrong(wrong);
        new LoanLens(ILoanMarket(wrong));
    }

    function asToken(address wrong) private {
        bytes memory data = join(headerOf(wrong), monthly("LR"));
        expectWrong(wrong);
        book.publish(data);
    }

    function asMarket(address wrong) private {
        expectWrong(wrong);
        judgeOf(wrong);
    }

    // --- constructors and settings --------------------------------------------------------------

    function testAVerifierIsAVerifier() public {
        for (uint256 i = 0; i < all.length; ++i) {
            if (all[i] != address(sealed_)) asVerifier(all[i]);
        }
    }

    function testARegistryIsARegistry() public {
        for (uint256 i = 0; i < all.length; ++i) {
            if (all[i] != address(registry)) asRegistry(all[i]);
        }
    }

    function testALedgerIsALedger() public {
        for (uint256 i = 0; i < all.length; ++i) {
            if (all[i] != address(ledger)) asLedger(all[i]);
        }
    }

    function testAMarketsGateIsAGate() public {
        for (uint256 i = 0; i < all.length; ++i) {
            bool right = all[i] == address(gate) || all[i] == address(ledgerGate)
                || all[i] == address(escrow);
            if (!right) asGate(all[i]);
        }
    }

    function testAMarketsEngineIsAnEngine() public {
        for (uint256 i = 0; i < all.length; ++i) {
            if (all[i] != address(engine)) asEngine(all[i]);
        }
    }

    /// @dev A market has an engine, too, and was taken for a book.
    function testAMarketsBookIsABook() public {
        for (uint256 i = 0; i < all.length; ++i) {
            if (all[i] != address(book)) asBook(all[i]);
        }
    }

    function testAMarketsBureauIsABureau() public {
        for (uint256 i = 0; i < all.length; ++i) {
            if (all[i] != address(bureau)) asBureau(all[i]);
        }
    }

    function testAMarketsConsentsAreConsents() public {
        for (uint256 i = 0; i < all.length; ++i) {
            if (all[i] != address(consents)) asConsents(all[i]);
        }
    }

    function testALensLooksIntoAMarket() public {
        for (uint256 i = 0; i < all.length; ++i) {
            bool right = all[i] == address(market) || all[i] == address(escrowMarket);
            if (!right) asLensedMarket(all[i]);
        }
    }

    function testATokenIsAToken() public {
        for (uint256 i = 0; i < all.length; ++i) {
            if (all[i] != address(token)) asToken(all[i]);
            vm.prank(OPERATOR);
            market.setTokenAllowed(all[i], false); // whatever it is, it can be disallowed
        }
    }

    /// @dev A verifier of openings has a gate, too, and was taken for a market.
    function testOpeningsAreOfAMarketsLoans() public {
        for (uint256 i = 0; i < all.length; ++i) {
            bool right = all[i] == address(market) || all[i] == address(escrowMarket);
            if (!right) asMarket(all[i]);
        }
    }

    function testOnlyAnEscrowGateHasOpenings() public {
        expectWrong(address(gate));
        judgeOf(address(market));
        LoanMarket other = memberOn(ledgerGate);
        expectWrong(address(ledgerGate));
        judgeOf(address(other));
    }

    function testAMarketNamesAnAddressAsItsGate() public {
        uint256 place = uint256(uint160(address(escrow)));
        judgeOf(address(new HalfMarket(place)));
        for (uint256 bit = 160; bit < 256; ++bit) {
            HalfMarket other = new HalfMarket(place | 1 << bit);
            expectWrong(address(other));
            judgeOf(address(other));
        }
        address nobody = address(type(uint160).max);
        HalfMarket none = new HalfMarket(uint256(uint160(nobody)));
        vm.expectRevert(
            abi.encodeWithSelector(Requirements.NotAContract.selector, nobody)
        );
        judgeOf(address(none));
    }

    function refusedEverywhere() private {
        address place = address(answers);
        asVerifier(place);
        asRegistry(place);
        asLedger(place);
        asGate(place);
        asEngine(place);
        asBook(place);
        asBureau(place);
        asConsents(place);
        asLensedMarket(place);
        asToken(place);
        asMarket(place);
    }

    function testAFailureIsNoAnswer() public {
        answers.set(32, 1);
        answers.fail();
        refusedEverywhere();
    }

    /// @dev Whatever a contract answers: one word is one word.
    function testAnAnswerHasItsLength() public {
        address place = address(answers);
        for (uint256 i = 0; i < lengths.length; ++i) {
            answers.set(lengths[i], 1);
            refusedEverywhere();
        }
        answers.set(32, 9);
        vm.expectRevert(
            abi.encodeWithSelector(IApplicationGate.VerifierUnsuitable.selector, 9)
        );
        new EligibilityGate(IGroth16Verifier(place), registry, 1, 1, NO_FX);
        vm.expectRevert(abi.encodeWithSelector(ICreditLedger.VerifierUnsuitable.selector, 9));
        new CreditLedger(IGroth16Verifier(place), ADMIN, 1 days, 978);
        new EligibilityGate(credentials, IIssuerRegistry(place), 1, 1, NO_FX);
        new LoanMarket(
            IApplicationGate(place), engine, book, bureau, consents, ADMIN, OPERATOR
        );
        new LoanMarket(
            gate, engine, book, ICreditBureau(place), IConsents(place), ADMIN, OPERATOR
        );
        book.publish(join(headerOf(place), monthly("LR")));
    }

    function testTheArbitersKeyHasTwoWords() public {
        HalfMarket other = new HalfMarket(uint256(uint160(address(answers))));
        uint256[4] memory wrong = [uint256(32), 63, 65, 96];
        for (uint256 i = 0; i < wrong.length; ++i) {
            answers.set(wrong[i], 1);
            expectWrong(address(answers));
            judgeOf(address(other));
        }
        answers.set(64, 1);
        vm.expectRevert(IOpeningVerifier.GroupInvalid.selector); // another key
        judgeOf(address(other));
    }

    // --- callers --------------------------------------------------------------------------------

    function application() private view returns (IApplicationGate.Application memory a) {
        a.borrower = BORROWER;
        (a.policy.maxScore, a.policy.maxDtiBps) = (65535, 65535);
    }

    /// @dev Evidence for a market, whatever it is, and the seal that belongs to it.
    function sealedFor(address market_) private returns (IApplicationGate.Evidence memory e) {
        IApplicationGate.Application memory a = application();
        e.registryRoot = ROOT;
        (e.policyNow, e.deadline) = (uint40(block.timestamp), uint40(block.timestamp));
        uint256 nonce = escrow.applicationNonce(market_, BORROWER);
        uint256[] memory x = new uint256[](10);
        x[0] = escrow.policyWord(a.policy, a.instalment, e.policyNow);
        x[1] = escrow.contextOf(market_, a, nonce, e.deadline);
        (x[2], x[3]) = (ROOT, escrow.scopeOf(market_));
        (x[5], x[6], x[7], x[8], x[9]) = (key.x, key.y, key.x, key.y, 3);
        e.proof[0] = uint256(keccak256(abi.encodePacked(x)));
        vm.prank(BORROWER);
        escrow.place(x[1], IEscrowGate.Seal(key, 3));
    }

    function consumedBy(address caller, IApplicationGate.Evidence memory e)
        private
        returns (bool ok, bytes memory answer)
    {
        bytes memory data = abi.encodeCall(IApplicationGate.consume, (application(), e));
        vm.prank(caller);
        return address(escrow).call(data);
    }

    function testAnEscrowGateAsksItsCallerForItsLoans() public {
        address caller = address(new LoneMarket());
        IApplicationGate.Evidence memory e = sealedFor(caller);
        (bool ok, bytes memory answer) = consumedBy(caller, e);
        bytes4 wrong = Requirements.WrongKind.selector;
        assertReverted(ok, answer, abi.encodeWithSelector(wrong, caller));
        assertEq(escrow.applicationNonce(caller, BORROWER), 0, "nothing is counted");
        caller = address(answers);
        e = sealedFor(caller);
        for (uint256 i = 0; i < lengths.length; ++i) {
            answers.set(lengths[i], 0);
            (ok, answer) = consumedBy(caller, e);
            assertReverted(
                ok, answer, abi.encodeWithSelector(Requirements.WrongKind.selector, caller)
            );
        }
        assertEq(escrow.applicationNonce(caller, BORROWER), 0, "nothing is counted");
        answers.set(32, 6);
        (ok,) = consumedBy(caller, e);
        assertTrue(ok, "it counts its loans");
    }

    function testASealIsOfALoanThatItsMarketHas() public {
        address caller = address(answers);
        IApplicationGate.Evidence memory e = sealedFor(caller);
        answers.set(32, 0);
        (bool ok,) = consumedBy(caller, e);
        assertTrue(ok, "consumed");
        uint256[5] memory wrong = [uint256(0), 32, 63, 65, 96];
        for (uint256 i = 0; i < wrong.length; ++i) {
            answers.set(wrong[i], 0);
            expectWrong(caller);
            escrow.sealOf(caller, LoanId.wrap(1));
        }
        answers.set(64, 0);
        (uint256 context, IEscrowGate.Seal memory kept) = escrow.sealOf(caller, LoanId.wrap(1));
        assertTrue(context != 0 && kept.point.y == 0, "nobody placed it");
    }
}
