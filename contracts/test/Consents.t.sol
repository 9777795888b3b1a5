// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsents} from "../src/interfaces/IConsents.sol";
import {Consents} from "../src/market/Consents.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {ConsentFixture, OwnedWallet, StrangeWallet} from "./support/ConsentFixture.sol";
import {cheats} from "./support/MoreCheats.sol";

/// @dev A consent serves once, for one deed at one market of one chain, until its deadline.
contract ConsentsTest is ConsentFixture {
    address private constant MARKET = address(0x3a);
    address private constant OTHER = address(0x3b);
    address private constant PRODUCT = address(0x7ab1e);
    uint256 private constant NOW = 1_800_000_000;
    uint256 private constant DEADLINE = NOW + 1 days;
    uint256 private constant ORDER =
        0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    address private who = cheats.addr(KEY);

    function setUp() public {
        vm.warp(NOW);
    }

    function plain() private view returns (IConsents.Consent memory) {
        return holiday(KEY, MARKET, 9, DEADLINE);
    }

    function expectInvalid(address signer) private {
        vm.expectRevert(abi.encodeWithSelector(IConsents.ConsentInvalid.selector, signer));
    }

    function expectUsed(address signer, uint256 nonce) private {
        vm.expectRevert(abi.encodeWithSelector(IConsents.ConsentUsed.selector, signer, nonce));
    }

    function application(address product, uint256 principal, uint16 purpose)
        private
        view
        returns (IConsents.Consent memory)
    {
        bytes memory data = abi.encode(
            keccak256(
                "Application(address market,address borrower,address product,uint256 principal,uint16 purpose,uint256 series,uint256 nonce,uint256 deadline)"
            ),
            MARKET,
            who,
            product,
            principal,
            purpose,
            consents.seriesOf(who),
            uint256(9),
            DEADLINE
        );
        return IConsents.Consent(who, 9, DEADLINE, signed(KEY, digestOf(data)));
    }

    function restructuring(uint256 loanId, address product, uint256 limit)
        private
        view
        returns (IConsents.Consent memory)
    {
        bytes memory data = abi.encode(
            keccak256(
                "Restructuring(address market,address signer,uint256 loanId,address product,uint256 limit,uint256 series,uint256 nonce,uint256 deadline)"
            ),
            MARKET,
            who,
            loanId,
            product,
            limit,
            consents.seriesOf(who),
            uint256(9),
            DEADLINE
        );
        return IConsents.Consent(who, 9, DEADLINE, signed(KEY, digestOf(data)));
    }

    // --- once, and by the market that it names ------------------------------------------------

    function testAConsentServesOnce() public {
        IConsents.Consent memory consent = plain();
        assertTrue(!consents.isUsed(who, 9), "unused");
        vm.expectEmit(true, true, true, true, address(consents));
        emit IConsents.ConsentTaken(who, MARKET, 9);
        takeAs(MARKET, consent);
        assertTrue(consents.isUsed(who, 9), "used");
        expectUsed(who, 9);
        takeAs(MARKET, consent);
        assertTrue(!consents.isUsed(who, 8) && !consents.isUsed(who, 10), "others");
    }

    function testAConsentServesTheMarketThatItNames() public {
        IConsents.Consent memory consent = plain();
        address[3] memory others = [OTHER, who, address(this)];
        for (uint256 i = 0; i < 3; ++i) {
            expectInvalid(who);
            takeAs(others[i], consent);
        }
        assertTrue(!consents.isUsed(who, 9), "nobody else uses it up");
        takeAs(MARKET, consent);
    }

    function testAConsentServesUntilItsDeadline() public {
        IConsents.Consent memory consent = plain();
        vm.warp(DEADLINE + 1);
        vm.expectRevert(abi.encodeWithSelector(IConsents.ConsentExpired.selector, DEADLINE));
        takeAs(MARKET, consent);
        vm.warp(DEADLINE);
        takeAs(MARKET, consent);
    }

    function testAConsentServesOnOneChainAndAtOneContract() public {
        IConsents.Consent memory consent = plain();
        Consents first = consents;
        consents = new Consents();
        expectInvalid(who);
        takeAs(MARKET, consent);
        consents = first;
        uint256 chain = block.chainid;
        vm.chainId(chain + 1);
        expectInvalid(who);
        takeAs(MARKET, consent);
        // a fork with the other number needs a consent of its own
        takeAs(MARKET, plain());
        vm.chainId(chain);
        expectUsed(who, 9);
        takeAs(MARKET, consent);
    }

    // --- each word ----------------------------------------------------------------------------

    function testEachWordOfAHolidayIsSigned() public {
        IConsents.Consent memory consent = plain();
        consent.nonce = 10;
        expectInvalid(who);
        takeAs(MARKET, consent);
        consent = plain();
        consent.deadline += 1;
        expectInvalid(who);
        takeAs(MARKET, consent);
        consent = plain();
        consent.signer = OTHER;
        expectInvalid(OTHER);
        takeAs(MARKET, consent);
        consent.signer = address(0);
        expectInvalid(address(0));
        takeAs(MARKET, consent);
        consent = plain();
        expectInvalid(who);
        vm.prank(MARKET);
        consents.takeHoliday(consent, LoanId.wrap(6));
    }

    function testEachWordOfAnApplicationIsSigned() public {
        IConsents.Consent memory consent = application(PRODUCT, 100_000, 7);
        vm.startPrank(MARKET);
        expectInvalid(who);
        consents.takeApplication(consent, OTHER, 100_000, 7);
        expectInvalid(who);
        consents.takeApplication(consent, PRODUCT, 100_001, 7);
        expectInvalid(who);
        consents.takeApplication(consent, PRODUCT, 100_000, 8);
        consents.takeApplication(consent, PRODUCT, 100_000, 7);
        expectUsed(who, 9);
        consents.takeApplication(consent, PRODUCT, 100_000, 7);
    }

    function testEachWordOfARestructuringIsSigned() public {
        IConsents.Consent memory consent = restructuring(5, PRODUCT, 100_000);
        vm.startPrank(MARKET);
        expectInvalid(who);
        consents.takeRestructuring(consent, LoanId.wrap(6), PRODUCT, 100_000);
        expectInvalid(who);
        consents.takeRestructuring(consent, LoanId.wrap(5), OTHER, 100_000);
        expectInvalid(who);
        consents.takeRestructuring(consent, LoanId.wrap(5), PRODUCT, 100_001);
        consents.takeRestructuring(consent, LoanId.wrap(5), PRODUCT, 100_000);
    }

    function testAConsentToOneDeedIsNoneToAnother() public {
        IConsents.Consent memory consent = plain();
        vm.startPrank(MARKET);
        expectInvalid(who);
        consents.takeRestructuring(consent, LoanId.wrap(5), address(0), 0);
        expectInvalid(who);
        consents.takeApplication(consent, address(5), 0, 0);
        consent = restructuring(5, PRODUCT, 100_000);
        expectInvalid(who);
        consents.takeHoliday(consent, LoanId.wrap(5));
    }

    // --- signatures ---------------------------------------------------------------------------

    function testAnotherKeysSignatureIsRefused() public {
        IConsents.Consent memory consent = plain();
        consent.signature = signed(KEY + 1, holidayDigest(MARKET, who, 5, 9, DEADLINE));
        expectInvalid(who);
        takeAs(MARKET, consent);
    }

    function testASignatureHasOneForm() public {
        IConsents.Consent memory consent = plain();
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(KEY, holidayDigest(MARKET, who, 5, 9, DEADLINE));
        bytes32 high = bytes32(ORDER - uint256(s));
        bytes[6] memory others = [
            abi.encodePacked(r, high, v == 27 ? uint8(28) : uint8(27)),
            abi.encodePacked(r, s, v, uint8(0)),
            abi.encodePacked(r, s),
            abi.encodePacked(r, s, uint8(v - 27)),
            new bytes(65),
            new bytes(0)
        ];
        for (uint256 i = 0; i < 6; ++i) {
            consent.signature = others[i];
            expectInvalid(who);
            takeAs(MARKET, consent);
        }
        takeAs(MARKET, plain());
    }

    function consentOf(address signer, bytes memory signature)
        private
        pure
        returns (IConsents.Consent memory)
    {
        return IConsents.Consent(signer, 9, DEADLINE, signature);
    }

    function walletSignature(address wallet) private view returns (bytes memory) {
        (, bytes32 r, bytes32 s) =
            vm.sign(KEY, holidayDigest(MARKET, wallet, 5, 9, DEADLINE));
        return abi.encode(r, s);
    }

    function testAContractSigns() public {
        OwnedWallet wallet = new OwnedWallet(who);
        address signer = address(wallet);
        IConsents.Consent memory consent = consentOf(signer, walletSignature(signer));
        takeAs(MARKET, consent);
        expectUsed(signer, 9);
        takeAs(MARKET, consent);
        OwnedWallet foreign = new OwnedWallet(OTHER);
        signer = address(foreign);
        consent = consentOf(signer, walletSignature(signer));
        expectInvalid(signer);
        takeAs(MARKET, consent);
        wallet = new OwnedWallet(who);
        wallet.close();
        signer = address(wallet);
        consent = consentOf(signer, walletSignature(signer));
        expectInvalid(signer);
        takeAs(MARKET, consent);
    }

    function testAContractWithoutAnAnswerHasNotSigned() public {
        for (uint256 way = 0; way < 5; ++way) {
            address signer = address(new StrangeWallet(way));
            IConsents.Consent memory consent = consentOf(signer, walletSignature(signer));
            expectInvalid(signer);
            vm.prank(MARKET);
            consents.takeHoliday{gas: 1_000_000}(consent, LoanId.wrap(5));
        }
    }

    function testAnAccountWithDelegatedCodeSignsByItsKey() public {
        IConsents.Consent memory consent = plain();
        cheats.etch(who, abi.encodePacked(hex"ef0100", address(new StrangeWallet(0))));
        takeAs(MARKET, consent);
        consent = holiday(KEY, MARKET, 10, DEADLINE);
        consent.signature = signed(KEY + 1, holidayDigest(MARKET, who, 5, 10, DEADLINE));
        expectInvalid(who);
        takeAs(MARKET, consent);
    }

    function testOtherCodeOfAnAccountIsNotADelegation() public {
        IConsents.Consent memory consent = plain();
        bytes[3] memory codes = [
            abi.encodePacked(hex"ee0100", address(1)),
            abi.encodePacked(hex"00ef0100", address(1)),
            abi.encodePacked(hex"000000", address(1))
        ];
        for (uint256 i = 0; i < 3; ++i) {
            cheats.etch(who, codes[i]);
            vm.prank(MARKET);
            (bool ok,) = address(consents).call{gas: 1_000_000}(
                abi.encodeCall(consents.takeHoliday, (consent, LoanId.wrap(5)))
            );
            assertTrue(!ok, "refused");
        }
        cheats.etch(who, "");
        takeAs(MARKET, consent);
    }

    // --- revocation ---------------------------------------------------------------------------

    function testANumberIsRevoked() public {
        IConsents.Consent memory consent = plain();
        vm.expectEmit(true, true, true, true, address(consents));
        emit IConsents.ConsentRevoked(who, 9);
        vm.prank(who);
        consents.revoke(9);
        expectUsed(who, 9);
        takeAs(MARKET, consent);
        expectUsed(who, 9);
        vm.prank(who);
        consents.revoke(9);
        vm.prank(OTHER);
        consents.revoke(10);
        takeAs(MARKET, holiday(KEY, MARKET, 10, DEADLINE));
    }

    function testAllConsentsAreRevoked() public {
        IConsents.Consent memory consent = plain();
        vm.expectEmit(true, true, true, true, address(consents));
        emit IConsents.SeriesBegun(who, 1);
        vm.prank(who);
        consents.revokeAll();
        expectInvalid(who);
        takeAs(MARKET, consent);
        assertEq(consents.seriesOf(who), 1, "series");
        assertEq(consents.seriesOf(OTHER), 0, "of nobody else");
        takeAs(MARKET, plain());
        // a number that was used is used in every series
        vm.prank(who);
        consents.revokeAll();
        consent = plain();
        expectUsed(who, 9);
        takeAs(MARKET, consent);
    }

    function testFuzzNumbersAreUsedInAnyOrder(uint256 first, uint256 second) public {
        vm.assume(first != second);
        takeAs(MARKET, holiday(KEY, MARKET, first, DEADLINE));
        assertTrue(!consents.isUsed(who, second), "the other");
        takeAs(MARKET, holiday(KEY, MARKET, second, DEADLINE));
        IConsents.Consent memory again = holiday(KEY, MARKET, first, DEADLINE);
        expectUsed(who, first);
        takeAs(MARKET, again);
    }
}
