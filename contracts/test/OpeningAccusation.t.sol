// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OpeningVerifier} from "../src/OpeningVerifier.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {IOpeningVerifier} from "../src/interfaces/IOpeningVerifier.sol";
import {OpeningFixture, TwoLoans} from "./support/OpeningFixture.sol";

/// @dev What convicts an arbiter: only what its account signed, for a block of this chain, once.
contract OpeningAccusationTest is OpeningFixture {
    uint256 private constant SECP256K1_N =
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    uint256 private constant FIELDS = 10;
    uint256 private constant OUTSIDER = 0xbad;
    uint256 private constant ARBITER = 3;

    function setUp() public override {
        super.setUp();
        stub.set(ILoanMarket.LoanStatus.Active);
    }

    function part() private view returns (IOpeningVerifier.PartialOpening memory) {
        return openingAt(valid, ARBITER - 1);
    }

    function unsigned() private view returns (bytes memory) {
        return abi.encodeWithSelector(
            IOpeningVerifier.SignatureInvalid.selector, ARBITER, accounts[ARBITER - 1]
        );
    }

    function unknown(IOpeningVerifier.SignedBlock memory said) private pure returns (bytes memory) {
        return abi.encodeWithSelector(
            IOpeningVerifier.BlockUnknown.selector, said.blockNumber, said.blockHash
        );
    }

    function refuse(IOpeningVerifier.SignedBlock memory said, bytes memory expected) private {
        vm.expectRevert(expected);
        verifier.accuse(LOAN, part(), said);
        assertTrue(!verifier.isAccused(ARBITER, LOAN), "nothing is recorded");
    }

    // --- the loan -------------------------------------------------------------------------------

    function testWhatAnArbiterSignedWithoutADefaultIsMisconduct() public {
        uint256 arbiter;
        for (uint256 s = 0; s <= uint256(type(ILoanMarket.LoanStatus).max); ++s) {
            ILoanMarket.LoanStatus status = ILoanMarket.LoanStatus(s);
            stub.set(status);
            bool defaulted = status == ILoanMarket.LoanStatus.Defaulted
                || status == ILoanMarket.LoanStatus.Recovered;
            IOpeningVerifier.PartialOpening memory opening = openingAt(valid, arbiter);
            IOpeningVerifier.SignedBlock memory said = signed(LOAN, opening);
            if (defaulted) {
                vm.expectRevert(
                    abi.encodeWithSelector(
                        IOpeningVerifier.LoanDefaulted.selector, uint256(1), status
                    )
                );
                verifier.accuse(LOAN, opening, said);
                continue;
            }
            ++arbiter;
            vm.expectEmit(true, true, true, true, address(verifier));
            emit IOpeningVerifier.Misconduct(arbiter, accounts[arbiter - 1], LOAN, status);
            verifier.accuse(LOAN, opening, said);
            assertTrue(verifier.isAccused(arbiter, LOAN), "recorded");
            assertTrue(!verifier.isAccused(arbiter, OTHER_LOAN), "of this loan alone");
        }
        assertEq(arbiter, SIZE, "five statuses without a default");
    }

    function testThereIsOneAccusationForAnArbiterAndALoan() public {
        verifier.accuse(LOAN, part(), signed(LOAN, part()));
        vm.roll(HEAD + 1); // another block, so another signature
        IOpeningVerifier.SignedBlock memory said = signed(LOAN, part());
        vm.expectRevert(
            abi.encodeWithSelector(IOpeningVerifier.AlreadyAccused.selector, ARBITER, uint256(1))
        );
        verifier.accuse(LOAN, part(), said);
        verifier.accuse(OTHER_LOAN, part(), signed(OTHER_LOAN, part()));
        IOpeningVerifier.PartialOpening memory another = openingAt(valid, 0);
        assertTrue(!verifier.isAccused(1, LOAN), "another arbiter");
        verifier.accuse(LOAN, another, signed(LOAN, another));
    }

    function testAValidSignatureDoesNotReplaceTheProof() public {
        IOpeningVerifier.PartialOpening memory opening = part();
        opening.answer ^= 1;
        IOpeningVerifier.SignedBlock memory said = signed(LOAN, opening);
        vm.expectRevert(
            abi.encodeWithSelector(IOpeningVerifier.OpeningInvalid.selector, ARBITER)
        );
        verifier.accuse(LOAN, opening, said);
    }

    // --- the signature --------------------------------------------------------------------------

    /// @dev The colluders have every share and every key but one: the arbiter's own.
    function testNobodyElseCanSign() public {
        uint256[10] memory m = message(LOAN, part(), HEAD - 1);
        for (uint256 i = 1; i <= SIZE; ++i) {
            if (i != ARBITER) refuse(signedBy(keys[i - 1], m), unsigned());
        }
        refuse(signedBy(OUTSIDER, m), unsigned());
        verifier.accuse(LOAN, part(), signedBy(keys[ARBITER - 1], m));
    }

    function testFuzzNobodyElseCanSign(uint256 key) public {
        key = clamp(key, 1, SECP256K1_N - 1);
        vm.assume(key != keys[ARBITER - 1]);
        refuse(signedBy(key, message(LOAN, part(), HEAD - 1)), unsigned());
    }

    function testFuzzRandomSignaturesAreRefused(bytes32 r, bytes32 s, uint8 v) public {
        IOpeningVerifier.SignedBlock memory said = signed(LOAN, part());
        (said.r, said.s, said.v) = (r, s, v);
        refuse(said, unsigned());
    }

    /// @dev Chain, group, market, loan, context, arbiter and part: signed for another, it convicts
    ///      nobody here. The last two fields are the block's, which the contract is given.
    function testASignatureIsForOneOpeningAlone() public {
        for (uint256 i = 0; i < FIELDS - 2; ++i) {
            uint256[10] memory m = message(LOAN, part(), HEAD - 1);
            m[i] ^= 1;
            refuse(signedBy(keys[ARBITER - 1], m), unsigned());
        }
        for (uint256 i = FIELDS - 2; i < FIELDS; ++i) {
            uint256[10] memory m = message(LOAN, part(), HEAD - 1);
            uint256 kept = m[i];
            m[i] ^= 1;
            IOpeningVerifier.SignedBlock memory said = signedBy(keys[ARBITER - 1], m);
            if (i == FIELDS - 2) said.blockNumber = kept;
            else said.blockHash = bytes32(kept);
            refuse(said, unsigned());
        }
    }

    function testASignatureForAnotherLoanConvictsOfNothingHere() public {
        IOpeningVerifier.SignedBlock memory said = signed(OTHER_LOAN, part());
        refuse(said, unsigned());
        verifier.accuse(OTHER_LOAN, part(), said);
    }

    function testASignatureForAnotherMarketConvictsOfNothingHere() public {
        IOpeningVerifier.SignedBlock memory said = signed(LOAN, part());
        TwoLoans another = stubFor(commitments[0]);
        another.set(ILoanMarket.LoanStatus.Active);
        OpeningVerifier beside = deployed(another);
        assertEq(beside.groupDigest(), verifier.groupDigest(), "the same group");
        vm.expectRevert(unsigned());
        beside.accuse(LOAN, part(), said);
    }

    function testASignatureForAForkOfTheChainConvictsOfNothingHere() public {
        IOpeningVerifier.SignedBlock memory said = signed(LOAN, part());
        uint256 here = block.chainid;
        vm.chainId(here + 1);
        refuse(said, unsigned());
        vm.chainId(here);
        verifier.accuse(LOAN, part(), said);
    }

    function testASignatureForAnotherGroupConvictsOfNothingHere() public {
        IOpeningVerifier.SignedBlock memory said = signed(LOAN, part());
        accounts[0] = address(this);
        OpeningVerifier beside = deployed(stub);
        assertEq(beside.accountOf(ARBITER), accounts[ARBITER - 1], "the same arbiter");
        vm.expectRevert(unsigned());
        beside.accuse(LOAN, part(), said);
    }

    /// @dev Whoever deploys chooses the accounts, and so who can be convicted: the event names the
    ///      account that signed, which is not the honest arbiter's.
    function testADeployerWhoPutsAnotherAccountInPlaceConvictsThatAccount() public {
        IOpeningVerifier.SignedBlock memory honest = signed(LOAN, part());
        address kept = accounts[ARBITER - 1];
        accounts[ARBITER - 1] = address(this);
        OpeningVerifier beside = deployed(stub);
        assertTrue(beside.groupDigest() != verifier.groupDigest(), "another group");
        assertEq(beside.accountOf(ARBITER), address(this), "another account");
        assertTrue(kept != address(this), "not the arbiter's");
        vm.expectRevert(unsigned());
        beside.accuse(LOAN, part(), honest);
    }

    function testTheSecondFormOfASignatureIsRefused() public {
        IOpeningVerifier.SignedBlock memory said = signed(LOAN, part());
        assertTrue(uint256(said.s) <= SECP256K1_N / 2, "the first form");
        said.s = bytes32(SECP256K1_N - uint256(said.s));
        said.v = 55 - said.v;
        // what ecrecover alone takes
        address signer =
            ecrecover(digestOf(message(LOAN, part(), HEAD - 1)), said.v, said.r, said.s);
        assertEq(signer, accounts[ARBITER - 1], "ecrecover");
        refuse(said, unsigned());
    }

    function testOtherParitiesAreRefused() public {
        uint8[6] memory others = [uint8(0), 1, 26, 29, 128, 255];
        for (uint256 i = 0; i < others.length; ++i) {
            IOpeningVerifier.SignedBlock memory said = signed(LOAN, part());
            said.v = others[i];
            refuse(said, unsigned());
        }
        IOpeningVerifier.SignedBlock memory opposite = signed(LOAN, part());
        opposite.v = 55 - opposite.v;
        refuse(opposite, unsigned());
    }

    function testZerosAndNumbersFromTheOrderOnAreRefused() public {
        uint256[3] memory numbers = [uint256(0), SECP256K1_N, type(uint256).max];
        for (uint256 i = 0; i < numbers.length; ++i) {
            IOpeningVerifier.SignedBlock memory said = signed(LOAN, part());
            said.r = bytes32(numbers[i]);
            refuse(said, unsigned());
            said = signed(LOAN, part());
            said.s = bytes32(numbers[i]);
            refuse(said, unsigned());
        }
    }

    // --- the block ------------------------------------------------------------------------------

    function testTheLastTwoHundredFiftySixBlocksConvict() public {
        uint256[10] memory oldest = message(LOAN, part(), HEAD - 256);
        assertTrue(oldest[9] != 0, "a block that the chain remembers");
        verifier.accuse(LOAN, part(), signedBy(keys[ARBITER - 1], oldest));
        uint256[10] memory newest = message(OTHER_LOAN, part(), HEAD - 1);
        verifier.accuse(OTHER_LOAN, part(), signedBy(keys[ARBITER - 1], newest));
    }

    function testBlocksThatTheChainDoesNotRememberConvictNobody() public {
        uint256[5] memory numbers =
            [uint256(0), HEAD - 257, HEAD, HEAD + 1, type(uint256).max];
        for (uint256 i = 0; i < numbers.length; ++i) {
            uint256[10] memory m = message(LOAN, part(), numbers[i]);
            assertEq(m[9], 0, "the hash that the chain knows");
            IOpeningVerifier.SignedBlock memory said = signedBy(keys[ARBITER - 1], m);
            refuse(said, unknown(said)); // signed with the hash 0, which is what blockhash answers
            m[9] = 1;
            said = signedBy(keys[ARBITER - 1], m);
            refuse(said, unknown(said));
        }
    }

    /// @dev A reorganisation: the arbiter saw the default after a block that was replaced.
    function testABlockThatWasReplacedConvictsNobody() public {
        for (uint256 bit = 0; bit < 256; bit += 51) {
            uint256[10] memory m = message(LOAN, part(), HEAD - 1);
            m[9] ^= 1 << bit;
            IOpeningVerifier.SignedBlock memory said = signedBy(keys[ARBITER - 1], m);
            refuse(said, unknown(said));
        }
        uint256[10] memory zero = message(LOAN, part(), HEAD - 1);
        zero[9] = 0;
        IOpeningVerifier.SignedBlock memory nothing = signedBy(keys[ARBITER - 1], zero);
        refuse(nothing, unknown(nothing));
    }

    function testTheHashOfAnotherBlockConvictsNobody() public {
        uint256[10] memory m = message(LOAN, part(), HEAD - 2);
        m[8] = HEAD - 1;
        IOpeningVerifier.SignedBlock memory said = signedBy(keys[ARBITER - 1], m);
        refuse(said, unknown(said));
    }

    function testAfterTwoHundredFiftySixBlocksItIsTooLate() public {
        IOpeningVerifier.SignedBlock memory said = signed(LOAN, part());
        vm.roll(HEAD - 1 + 257);
        refuse(said, unknown(said));
        vm.roll(HEAD - 1 + 256);
        verifier.accuse(LOAN, part(), said);
    }
}
