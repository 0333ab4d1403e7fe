/* SPDX-License-Identifier: Apache-2.0 */
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;

/* What HAPI says of each line of the NDJSON files given: "number TAB message id TAB place TAB text" for each error. */
public class Judge {
    public static void main(String[] files) throws Exception {
        FhirContext context = FhirContext.forR4();
        FhirInstanceValidator instance = new FhirInstanceValidator(new ValidationSupportChain(
            new DefaultProfileValidationSupport(context), new CommonCodeSystemsTerminologyService(context),
            new InMemoryTerminologyServerValidationSupport(context)));
        instance.setErrorForUnknownProfiles(false);
        instance.setAnyExtensionsAllowed(true);
        FhirValidator validator = context.newValidator().registerValidatorModule(instance);
        for (String file : files) {
            try (BufferedReader lines = Files.newBufferedReader(Path.of(file))) {
                long number = 0;
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    number++;
                    try {
                        for (SingleValidationMessage m : validator.validateWithResult(line).getMessages())
                            if (m.getSeverity().ordinal() >= ResultSeverityEnum.ERROR.ordinal())
                                print(number, m.getMessageId(), m.getLocationString(), m.getMessage());
                    } catch (Exception e) {
                        print(number, "exception", "", String.valueOf(e.getMessage()));
                    }
                    System.out.println(number + "\tdone");
                }
            }
        }
    }

    private static void print(long number, String id, String place, String text) {
        System.out.println(number + "\t" + id + "\t" + place + "\t" + text.replaceAll("\\s+", " "));
    }
}
